"""What strikes, and how it is over: the programs, the servers, the disk, the bucket, the memory, the clock."""

import os
import resource
import signal
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import Server
from tests.videos.site import Site

AWAY_SECONDS = 7  # longer than a lease, so that it is not over before anybody notices
HOUR = 3600  # seconds
SCARCE = 64 << 20  # bytes of memory that a child may have

MEMORYLESS = ("uploading", "deleting")  # done without a child


@dataclass(frozen=True)
class Stage:
    """What a fault can strike."""

    site: Site
    servers: dict[str, Server] = field(default_factory=dict)  # "database", "cache", "bucket"
    media: Path = Path()  # a small disk of its own
    clock: Path = Path()  # by how many seconds the programs' clock is wrong, as one long
    disk: Path = Path()  # the number of the disk that is broken, as one long; 0: none


@dataclass(frozen=True)
class Fault:
    """One that strikes and is over when `strike` returns; `without`: why it makes no sense at these moments."""

    name: str
    strike: Callable[[Stage], None]
    without: tuple[str, ...] = ()
    reason: str = ""


def kill(pids: Iterable[int], number: int = signal.SIGKILL) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def children(site: Site) -> list[int]:
    """The processes that upscale and decode."""
    return [pid for pid in site.processes() if b"duf" in _command(pid)]


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _program(name: str) -> Callable[[Stage], None]:
    return lambda stage: kill(stage.site.processes(name))


def _server_dies(name: str) -> Callable[[Stage], None]:
    def strike(stage: Stage) -> None:
        server = stage.servers[name]
        server.kill()
        time.sleep(AWAY_SECONDS)
        server.start()

    return strike


def _cut_off(*names: str) -> Callable[[Stage], None]:
    """They are there and nothing of them arrives, as when a cable is pulled."""

    def strike(stage: Stage) -> None:
        for name in names:
            stage.servers[name].signal(signal.SIGSTOP)
        time.sleep(AWAY_SECONDS)
        for name in names:
            stage.servers[name].signal(signal.SIGCONT)

    return strike


def _disk_fills_up(stage: Stage) -> None:
    ballast = stage.media / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    time.sleep(AWAY_SECONDS)
    ballast.unlink()


def _disk_breaks(stage: Stage) -> None:
    """What is written arrives, what is read does not."""
    _set(stage.disk, os.stat(stage.media).st_dev)
    time.sleep(AWAY_SECONDS)
    _set(stage.disk, 0)


def _clock_jumps(stage: Stage) -> None:
    """On, if it was right; back, if it had jumped before."""
    (seconds,) = struct.unpack("l", stage.clock.read_bytes())
    _set(stage.clock, 0 if seconds else HOUR)


def _set(file: Path, number: int) -> None:
    """What the programs have mapped into their memory."""
    with file.open("r+b") as numbers:
        numbers.write(struct.pack("l", number))


def _memory_runs_out(stage: Stage) -> None:
    for pid in children(stage.site):
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_AS, (SCARCE, SCARCE))


def _deploy(stage: Stage) -> None:
    for process in stage.site.programs.values():
        process.terminate()
    for process in stage.site.programs.values():
        process.wait(30)


def _power_cut(stage: Stage) -> None:
    kill(stage.site.processes())
    for server in stage.servers.values():
        server.kill()
    for server in stage.servers.values():
        server.start()


NO_CHILD = "no child takes part in it"
DISK_FAULTS = [
    Fault("web", _program("web")),
    Fault("light worker", _program("light")),
    Fault("heavy worker", _program("heavy")),
    Fault("child", lambda stage: kill(children(stage.site)), without=MEMORYLESS, reason=NO_CHILD),
    Fault("PostgreSQL", _server_dies("database")),
    Fault("Redis", _server_dies("cache")),
    Fault("disk full", _disk_fills_up),
    Fault("disk read error", _disk_breaks),
    Fault("out of memory in the child", _memory_runs_out, without=MEMORYLESS, reason=NO_CHILD),
    Fault("network cut", _cut_off("database", "cache")),
    Fault("clock jump of an hour", _clock_jumps),
    Fault("SIGTERM deploy", _deploy),
    Fault("power cut", _power_cut),
]
BUCKET_FAULTS = [
    Fault("S3", _server_dies("bucket")),
    Fault("S3 cut off", _cut_off("bucket")),
]
FAULTS = DISK_FAULTS + BUCKET_FAULTS
