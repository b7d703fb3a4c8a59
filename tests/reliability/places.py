"""What a whole site needs to be struck: a small disk (which needs root or sudo) that can break, a bucket, a clock that
can jump, and its end."""

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.network import ROOT
from tests.servers import KEY, SECRET, Server
from vsrsite.paths import BASE_DIR

DISK_BYTES = 64 << 20
STOPPED = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of the memory's, at this folder."""
    subprocess.run([*ROOT, "mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=777", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run([*ROOT, "umount", "--lazy", folder], check=True)


def jumping_clock(folder: Path) -> tuple[Path, dict[str, str]]:
    """The file by which it jumps, and the environment of programs that have it."""
    library, file = _library(BASE_DIR / "tests" / "videos" / "wrong_clock.c", folder), folder / "clock"
    file.write_bytes(struct.pack("l", 0))
    return file, {"LD_PRELOAD": str(library), "CLOCK_FILE": str(file)}


def breaking_disk(folder: Path) -> tuple[Path, dict[str, str]]:
    """The file by which a disk breaks for programs that have this environment, and how many reads have failed."""
    library, file = _library(Path(__file__).with_name("broken_disk.c"), folder), folder / "disk"
    file.write_bytes(struct.pack("ll", 0, 0))
    return file, {"LD_PRELOAD": str(library), "BROKEN_DISK": str(file)}


def _library(source: Path, folder: Path) -> Path:
    """To be loaded into programs before any other."""
    library = folder / f"{source.stem}.so"
    compiler = [sys.executable, "-m", "ziglang", "cc"]
    subprocess.run([*compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def in_bucket(server: Server) -> dict[str, str]:
    """The settings of a site that keeps its files there."""
    return {"S3_ENDPOINT": server.url, "S3_BUCKET": "vsr", "S3_KEY_ID": KEY, "S3_SECRET": SECRET, "S3_PREFIX": "site/"}


def set_up(database_url: str, redis_url: str) -> None:
    """Django in this process, on these servers, before anything of the site is imported."""
    os.environ.update(DATABASE_URL=database_url, REDIS_URL=redis_url, LEASE_SECONDS="5")
    os.environ["DJANGO_SETTINGS_MODULE"] = "vsrsite.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def stop_in_order() -> None:
    """From now on SIGTERM and Ctrl-C take along all that was started."""
    for number in STOPPED:
        signal.signal(number, _leave)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """By way of all that has to be cleared away; who asks again does not disturb that."""
    for other in STOPPED:
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(128 + number)
