"""What a whole site needs to be struck: a small disk (which needs root or sudo), and a clock that can jump."""

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.network import ROOT
from vsrsite.paths import BASE_DIR

DISK_BYTES = 64 << 20


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
    library, file = folder / "wrong_clock.so", folder / "clock"
    source = BASE_DIR / "tests" / "videos" / "wrong_clock.c"
    compiler = [sys.executable, "-m", "ziglang", "cc"]
    subprocess.run([*compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    file.write_bytes(struct.pack("l", 0))
    return file, {"LD_PRELOAD": str(library), "CLOCK_FILE": str(file)}


def set_up(database_url: str, redis_url: str) -> None:
    """Django in this process, on these servers, before anything of the site is imported."""
    os.environ.update(DATABASE_URL=database_url, REDIS_URL=redis_url, LEASE_SECONDS="5")
    os.environ["DJANGO_SETTINGS_MODULE"] = "vsrsite.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
