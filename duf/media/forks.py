"""Decoding processes, each a fork of one that has loaded everything already: see forkserver.py.

A fork has a channel to us. By it come its descriptors and its order, and when our end closes it ends too.
"""

import atexit
import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
BORN = struct.Struct("i")  # the number of the process, sent with a descriptor of it; less than 0: that of an error
ENDED = struct.Struct("i")  # its exit code, or less than 0: that of a signal
BATCH = 250  # descriptors that the system carries at once
LONGEST = 60.0  # seconds until it is there


class Fork:
    """A decoding process that waits for its order. Raises OSError if there can be none."""

    def __init__(self) -> None:
        self._channel, self.pid, self._handle = _born() or _born() or _nobody()  # the server may die just then
        self._ended: int | None = None

    def order(self, line: bytes, descriptors: Sequence[int]) -> None:
        """Hand over what it needs and say what to do. Nothing happens if it has died."""
        self._channel.settimeout(None)
        with suppress(BrokenPipeError, ConnectionResetError):
            for start in range(0, len(descriptors), BATCH):
                socket.send_fds(self._channel, [b" "], descriptors[start : start + BATCH])
            self._channel.sendall(line + b"\n")

    def wait(self, timeout: float | None = None) -> int | None:
        """Its exit code, less than 0 for a signal; None if nobody knows. TimeoutError if it has not ended by then."""
        if self._ended is None:
            self._channel.settimeout(timeout)
            message = self._channel.recv(ENDED.size)
            self._ended = ENDED.unpack(message)[0] if message else None
        return self._ended

    def close(self) -> None:
        """Kill it, and return when it is gone."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        self.wait()
        os.close(self._handle)
        self._channel.close()


class _Server:
    """A fork server of our own."""

    def __init__(self) -> None:
        self.requests, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-E", "-s", "-m", "duf.media.forkserver"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=ENVIRONMENT,
                cwd=ROOT,
            )

    def end(self) -> None:
        self.requests.close()
        self.process.wait()


_servers: list[_Server] = []  # one at most
_lock = threading.Lock()


def _born() -> tuple[socket.socket, int, int] | None:
    """A fork's channel, its number and a descriptor of it; None if the server has died."""
    ours, theirs = socket.socketpair()
    ours.settimeout(LONGEST)
    with theirs:
        _request(theirs)
    message, handles, *_ = socket.recv_fds(ours, BORN.size, 1, socket.MSG_CMSG_CLOEXEC)
    if handles:
        return ours, BORN.unpack(message)[0], handles[0]
    ours.close()
    if message:
        number = -BORN.unpack(message)[0]
        raise OSError(number, os.strerror(number))
    return None


def _nobody() -> NoReturn:
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def _request(channel: socket.socket) -> None:
    """Ask for a fork with that end of its channel; the server is started with the first, and again if it has died."""
    with _lock, suppress(BrokenPipeError):
        if _servers and _servers[0].process.poll() is not None:
            _servers.pop().requests.close()
        if not _servers:
            _servers.append(_Server())
        socket.send_fds(_servers[0].requests, [b" "], [channel.fileno()])


def _end() -> None:
    while _servers:
        _servers.pop().end()


def _forget() -> None:
    """In a fork of this very process, which is to have a server of its own."""
    global _lock
    _lock = threading.Lock()
    while _servers:
        _servers.pop().requests.close()


atexit.register(_end)
os.register_at_fork(after_in_child=_forget)
