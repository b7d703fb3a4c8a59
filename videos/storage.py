"""The disk: how much of it is free, and how things leave it."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop as _

PIECE = 1 << 20  # bytes read at once

FULL = _(
    "The server's disk is almost full, so this waits. It goes on by itself when there is room: "
    "delete videos that are no longer needed, or tell the administrator."
)


def spare_bytes() -> int:
    """Bytes that may still be written before the reserve is touched; below zero if it is."""
    return shutil.disk_usage(settings.MEDIA_ROOT).free - int(settings.DISK_RESERVE_BYTES)


def is_full() -> bool:
    """Nothing more may be begun."""
    return spare_bytes() <= 0


def remove_folder(folder: Path) -> None:
    """Take a folder away. What somebody else is just writing into it is left for the sweep."""
    shutil.rmtree(folder, ignore_errors=True)


def sync(path: Path) -> None:
    """What a row is about to say shall survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(temporary: Path, target: Path) -> None:
    """Put a finished file in its place by one rename."""
    sync(temporary)
    temporary.replace(target)


def sha256(path: Path, check: Callable[[], None]) -> str:
    """The checksum of a file; `check` is called now and then and may raise to break off."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            check()
    return digest.hexdigest()
