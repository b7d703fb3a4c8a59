"""Servers of the tests' own: PostgreSQL and Redis of Debian, on sockets in a temporary folder; S3 by rclone."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

POSTGRESQL = Path("/usr/lib/postgresql")
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
START_SECONDS = 30
KEY, SECRET = "a-key", "a secret of the tests"

Word = str | Path


class Server:
    """One that answers at `url` as soon as it is made, may be killed, and started again."""

    kept: Path

    def __init__(self, url: str, command: list[Word], answers: Callable[[], bool]) -> None:
        self.url = url
        self._command = command
        self._answers = answers
        self.start()

    def start(self) -> None:
        how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
        self._process = subprocess.Popen(self._command, **_unprivileged(), **how)
        try:
            self._wait()
        except BaseException:
            with suppress(ProcessLookupError):
                self.kill()
            raise

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < end, f"{self._command[0]} does not start"
            time.sleep(0.1)

    def kill(self) -> None:
        """As when the power goes."""
        self.signal(signal.SIGKILL)
        self._process.wait()

    def signal(self, number: int) -> None:
        """To all of its processes."""
        os.killpg(self._process.pid, number)


@contextmanager
def postgresql(address: str = "", port: int = 5432) -> Iterator[Server]:
    """With an empty database. At `address` it may be reached by TCP, too."""
    programs = max(POSTGRESQL.glob("*/bin"), key=lambda path: float(path.parent.name))
    with _folder() as folder:
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-U", "vsr", "-A", "trust", "--no-sync", "--locale=C.UTF-8")
        if address:
            with (data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {address}/24 trust\n")
        where = ["-k", folder, "-p", str(port), "-c", f"listen_addresses={address}"]
        command = [programs / "postgres", "-D", data, *where, "-c", "fsync=off"]
        with _running(
            Server(
                f"postgresql://vsr@{quote(str(folder), safe='')}:{port}/vsr",
                command,
                lambda: _succeeds(programs / "pg_isready", "-h", folder, "-p", str(port)),
            )
        ) as server:
            _run(programs / "createdb", "-h", folder, "-p", str(port), "-U", "vsr", "vsr")
            yield server


@contextmanager
def redis(address: str = "", port: int = 0) -> Iterator[Server]:
    """Keeps nothing. At `address` it may be reached by TCP, too."""
    with _folder() as folder:
        socket = folder / "redis.sock"
        where = ["--port", str(port), "--bind", address or "127.0.0.1", "--protected-mode", "no"]
        command = ["redis-server", *where, "--unixsocket", socket, "--save", "", "--dir", folder]
        with _running(
            Server(f"unix://{socket}?db=0", command, lambda: _succeeds("redis-cli", "-s", socket, "ping"))
        ) as server:
            yield server


@contextmanager
def s3(port: int, *options: str) -> Iterator[Server]:
    """With an empty bucket `vsr`, opened by KEY and SECRET; what is in it lies in the folder that `kept` names."""
    with _folder() as folder:
        (folder / "vsr").mkdir()
        if os.getuid() == 0:
            shutil.chown(folder / "vsr", UNPRIVILEGED)
        where = ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}", "--config", "/dev/null"]
        command = ["rclone", "serve", "s3", *where, *options, folder]
        server = Server(f"http://127.0.0.1:{port}", command, lambda: _listens(port))
        server.kept = folder / "vsr"
        with _running(server):
            yield server


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vsr-server-") as name:
        if os.getuid() == 0:
            shutil.chown(name, UNPRIVILEGED)
        yield Path(name)


def _run(*command: Word) -> None:
    subprocess.run(command, **_unprivileged(), check=True, stdout=subprocess.DEVNULL)


def _succeeds(*command: Word) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _unprivileged() -> dict[str, Any]:
    return {"user": UNPRIVILEGED, "cwd": "/"} if os.getuid() == 0 else {"cwd": "/"}
