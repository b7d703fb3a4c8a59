"""A PostgreSQL and a Redis of the tests' own, from Debian's packages: in a temporary folder, on sockets in it."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

POSTGRESQL = Path("/usr/lib/postgresql")
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
START_SECONDS = 30


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a server without a database of ours; it dies as if the power went out."""
    programs = max(POSTGRESQL.glob("*/bin"), key=lambda path: float(path.parent.name))
    with _folder() as folder:
        data = folder / "data"
        made = [programs / "initdb", "-D", data, "-U", "vsr", "-A", "trust", "--no-sync", "--locale=C.UTF-8"]
        subprocess.run(made, **_unprivileged(), check=True, stdout=subprocess.DEVNULL)
        options = ["-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
        with _server([programs / "postgres", "-D", data, *options], lambda: bool(list(folder.glob(".s.PGSQL.*")))):
            yield f"postgresql://vsr@{quote(str(folder), safe='')}/vsr"


@contextmanager
def redis() -> Iterator[str]:
    """The address of a server that keeps nothing."""
    with _folder() as folder:
        socket = folder / "redis.sock"
        command = ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
        with _server(command, socket.exists):
            yield f"unix://{socket}?db=0"


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vsr-server-") as name:
        if os.getuid() == 0:
            shutil.chown(name, UNPRIVILEGED)
        yield Path(name)


@contextmanager
def _server(command: list[str | Path], answers: Callable[[], bool]) -> Iterator[None]:
    process = subprocess.Popen(command, **_unprivileged(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + START_SECONDS
        while not answers():
            assert process.poll() is None and time.monotonic() < end, f"{command[0]} does not start"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def _unprivileged() -> dict[str, str]:
    return {"user": UNPRIVILEGED, "cwd": "/"} if os.getuid() == 0 else {"cwd": "/"}
