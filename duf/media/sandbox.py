"""The decoding process: what it is given, what it is allowed, how it ends.

Untrusted bytes are parsed in that process alone. It has an empty environment, the file as an open descriptor, a pipe
for what it finds, and before it looks at the file it gives up opening files and sockets. It ends when we close it, stop
reading or die.
"""

import json
import os
import resource
import select
import signal
import stat
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from duf.errors import DufError, MediaError, SourceError
from duf.media.facts import Limits
from duf.media.forks import Fork
from duf.media.source import Address, Source, check_size
from duf.media.wire import DONE, FAULT, REFUSAL, UNREADABLE, Receiver, Silence
from duf.processes import is_starved

if TYPE_CHECKING:
    from duf.media.remote import Server

TOO_SLOW = "Decoding this file stopped making progress and was ended; convert it to H.264 in MP4 and try again."
STARVED = "The server has too much else to do to decode this file just now; try again later."
TOO_LONG = "Decoding this file takes more computing time than allowed; cut it into shorter parts."
TOO_LARGE = "Decoding this file needs more memory than allowed; convert it to H.264 in MP4 and try again."
CRASHED = "The decoder broke down over this file, so it is damaged; convert or repair it and try again."
NOT_STARTED = "The decoding process could not be started; try again, and tell the administrator if it stays so."
BROKEN_DISK = "The disk could not be read ({why}); try again, and have it looked at if it stays so."
ENDS = (DONE, REFUSAL, FAULT, UNREADABLE)
# SIGKILL comes from the system when the machine's memory is used up.
DEATHS: dict[int, str] = {signal.SIGXCPU: TOO_LONG, signal.SIGXFSZ: TOO_LARGE, signal.SIGKILL: TOO_LARGE}


class Sandbox:
    """One job in a decoding process. Use as a context manager; leaving it kills and reaps the process.

    job: a key of `child.JOBS`. request: JSON for it. sources: files it may read, in the order it expects them.
    output: a file it may write, of at most `limits.bytes` bytes.
    """

    def __init__(
        self, job: str, request: dict[str, Any], sources: Sequence[Source], limits: Limits, output: Path | None = None
    ) -> None:
        self._servers = _served(sources, limits)
        files = [
            self._servers[source].theirs if isinstance(source, Address) else _opened(source, limits)
            for source in sources
        ]
        if output is not None:
            files.append(os.open(output, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        read, write = os.pipe()
        writes = limits.bytes if output is not None else 0
        order = {"job": job, "request": request, "limits": limits.to_json(), "writes": writes}
        try:
            self._process = Fork()
            self._process.order(json.dumps(order).encode(), [write, *files])
        except OSError as error:
            os.close(read)
            raise SourceError(NOT_STARTED) from error
        finally:
            for descriptor in (*files, write):
                os.close(descriptor)
        self._read = read
        self._receiver = Receiver(read, limits.silence)
        self._started = False

    def messages(self) -> Iterator[tuple[bytes, Any]]:
        """Kind and payload of each message until the job is done: bytes of a frame as an array, all else from JSON.

        Raises MediaError over what is in the files, SourceError if they cannot be had.
        """
        kind = b""
        while kind != DONE:
            try:
                kind, payload = self._receiver.message()
            except (EOFError, Silence) as end:
                raise self._why(end) from end
            if kind in ENDS:
                self._check_served()
            if kind == UNREADABLE:
                raise SourceError(BROKEN_DISK.format(why=payload))
            if kind == REFUSAL:
                raise MediaError(payload)
            if kind == FAULT:
                raise MediaError(CRASHED) from RuntimeError(payload)
            self._started = True
            yield kind, payload

    @property
    def pid(self) -> int:
        """Of the decoding process."""
        return self._process.pid

    def close(self) -> None:
        """Kill and reap the process."""
        for server in self._servers.values():
            server.stop()
        self._process.close()
        os.close(self._read)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_served(self) -> None:
        """What it found counts only if it could read all that it wanted to."""
        for server in self._servers.values():
            if server.failure:
                raise server.failure

    def _why(self, end: Exception) -> DufError:
        self._check_served()
        if isinstance(end, Silence):
            return SourceError(STARVED) if is_starved(self.pid) else MediaError(TOO_SLOW)
        if not self._started:
            return MediaError(NOT_STARTED)
        try:
            return MediaError(DEATHS.get(-(self._process.wait(timeout=10) or 0), CRASHED))
        except TimeoutError:
            return MediaError(CRASHED)


def _served(sources: Sequence[Source], limits: Limits) -> dict[Address, "Server"]:
    """What fetches each source that lies elsewhere."""
    addresses = [source for source in sources if isinstance(source, Address)]
    if not addresses:
        return {}
    from duf.media.remote import Server  # its modules take longer to load than everything else here

    return {address: Server(address, limits) for address in addresses}


def _opened(source: Path, limits: Limits) -> int:
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not hold us up
    except OSError as error:
        raise MediaError(f"The file cannot be opened ({error.strerror}); check its name and permissions.") from error
    facts = os.fstat(descriptor)
    try:
        if not stat.S_ISREG(facts.st_mode):
            raise MediaError("This is a folder or a device and not a file; choose a video file.")
        check_size(facts.st_size, limits)
    except MediaError:
        os.close(descriptor)
        raise
    return descriptor


def confine(limits: Limits, writes: int) -> None:
    """In the decoding process, once its modules are loaded: give up everything that decoding does not need."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (writes, writes))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # what is open stays usable; nothing more can be opened


def end_with_parent() -> None:
    """End this process when the parent closes our standard input or dies, however it dies."""
    threading.Thread(target=_outlive_nobody, args=(os.getppid(),), daemon=True).start()


def _outlive_nobody(parent: int) -> None:
    while os.getppid() == parent:
        if select.select([0], [], [], 1.0)[0] and not os.read(0, 1):
            break
    os._exit(1)
