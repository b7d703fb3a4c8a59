"""The disk: how much of it is free, and how things leave it."""

import shutil
from pathlib import Path

from django.conf import settings

FULL = (
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
