"""The fork server: `python -m duf.media.forkserver`, started by forks.py. Every decoding process is a fork of it.

What decoding needs takes a fifth of a second to load, and is loaded here once. This process sees no byte of any file.
"""

import os
import resource
import select
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress

from duf.media import child
from duf.media.forks import BORN, ENDED

Living = dict[int, tuple[int, socket.socket]]  # by its descriptor: a fork, and the channel on which its end is told


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is ours
    child.load_all_of_av()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a long film has a thousand segments
    requests, living, poll = socket.socket(fileno=0), Living(), select.poll()
    poll.register(requests, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor in living:
                poll.unregister(descriptor)
                bury(descriptor, *living.pop(descriptor))
            elif born := beget(requests):
                living |= born
                poll.register(*born)


def beget(requests: socket.socket) -> Living:
    """A fork for the next request; empty if the system allows none, which is told. Ends with the parent."""
    _, descriptors, *_ = socket.recv_fds(requests, 1, 1)
    if not descriptors:
        os._exit(0)
    channel = socket.socket(fileno=descriptors[0])
    try:
        number = os.fork()
    except OSError as error:
        _tell(channel, BORN.pack(-(error.errno or 1)))
        channel.close()
        return {}
    if not number:
        os.dup2(channel.fileno(), 0)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        child.main()
    descriptor = os.pidfd_open(number)
    _tell(channel, BORN.pack(number), [descriptor])
    return {descriptor: (number, channel)}


def bury(descriptor: int, number: int, channel: socket.socket) -> None:
    """Reap a fork and tell how it ended."""
    _, status = os.waitpid(number, 0)
    _tell(channel, ENDED.pack(os.waitstatus_to_exitcode(status)))
    channel.close()
    os.close(descriptor)


def _tell(channel: socket.socket, message: bytes, descriptors: Sequence[int] = ()) -> None:
    with suppress(OSError):  # nobody waits for it any more
        socket.send_fds(channel, [message], descriptors)


if __name__ == "__main__":
    main()
