"""Where finished files are kept, and how much of this machine's disk is free.

A file's path below MEDIA_ROOT is its name wherever it is kept. What is not finished lies on this machine's disk.
"""

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop as _

from duf.media.source import Source
from videos.disk import Disk
from videos.stored import AWAY, Stored

PIECE = 1 << 20  # bytes read at once

log = logging.getLogger(__name__)

FULL = _(
    "The server's disk is almost full, so this waits. It goes on by itself when there is room: "
    "delete videos that are no longer needed, or tell the administrator."
)


class Store(Protocol):
    """Finished files by their paths. A file appears whole or not at all, and does not change any more."""

    def look(self, path: Path) -> Stored | None:
        """Size and stamp of a file; None if there is none."""

    def desk(self, folder: Path) -> Path:
        """The folder on this machine's disk to make a file in that will be kept in that one; it exists."""

    def put(self, finished: Path, target: Path) -> None:
        """Keep a file that was made on the desk, safe from a power cut; one that was there before is replaced."""

    def fetched(self, path: Path, check: Callable[[], None] | None = None) -> AbstractContextManager[Path]:
        """The file on this machine's disk, to be read only, while the block runs. `check` may raise to break off."""

    def source(self, path: Path) -> Source:
        """What the library reads the file from, only as much as it needs."""

    def read(self, path: Path, span: range) -> Iterator[bytes]:
        """Some of a file's bytes, in pieces."""

    def link(self, path: Path, target: Path) -> None:
        """Keep a file by a second name as well. Raises OSError if it is gone."""

    def take_out(self, path: Path, place: Path) -> None:
        """Have a file at a place outside, whole or not at all. Raises FileNotFoundError if it is gone."""

    def bring_back(self, copy: Path, target: Path) -> None:
        """Keep a file of which there is a copy outside, which stays."""

    def paths(self, folder: Path) -> Iterator[Path]:
        """Every file and folder in a folder, at any depth; each folder before what is in it."""

    def remove(self, *paths: Path) -> None:
        """Take away files that are there."""

    def remove_tree(self, path: Path) -> None:
        """Take away a file, or a folder with all that is in it, if it is there."""

    def address(self, path: Path, content_type: str, disposition: str) -> str:
        """Where a browser gets the file by itself, for a short time; empty if we have to send it."""

    def trouble(self) -> str:
        """Why it cannot be used, naming the setting and the cure, as the administrator reads it; empty if it can."""


def store() -> Store:
    """Where this site keeps its files."""
    if settings.S3_BUCKET:
        from videos.s3 import S3  # boto3 takes long to import

        return S3()
    return Disk()


@contextmanager
def scratch(target: Path, holder: UUID | str | None) -> Iterator[Path]:
    """A file on this machine's disk for something like `target`, gone afterwards; the sweep knows the holder."""
    temporary = store().desk(target.parent) / f"new-{holder}-{target.name}"
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def writing(target: Path, holder: UUID | str | None) -> Iterator[Path]:
    """A file to be written on this machine's disk, which is kept as `target` if the block ends well."""
    with scratch(target, holder) as temporary:
        yield temporary
        store().put(temporary, target)


def spare_bytes() -> int:
    """Bytes that may still be written before the reserve is touched; below zero if it is."""
    return shutil.disk_usage(settings.MEDIA_ROOT).free - int(settings.DISK_RESERVE_BYTES)


def has_room(size: int) -> bool:
    """So many bytes can be kept; a bucket takes all."""
    return bool(settings.S3_BUCKET) or size <= spare_bytes()


def is_full() -> bool:
    """Nothing more may be begun."""
    return spare_bytes() <= 0


def obstacle() -> str:
    """Why nothing can be begun now, as the owners of waiting work read it; empty if it can."""
    if is_full():
        return FULL
    trouble = store().trouble()
    if trouble:
        log.warning("The store cannot be used: %s", trouble)
    return str(AWAY) if trouble else ""


def sha256(path: Path, check: Callable[[], None]) -> str:
    """The checksum of a file; `check` is called now and then and may raise to break off."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            check()
    return digest.hexdigest()
