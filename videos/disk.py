"""Files on this machine's own disk, or on one that all machines mount: each is where its path says."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from duf.media.source import Source
from videos.stored import Stored

PIECE = 256 * 1024  # bytes sent at once
CANNOT = {errno.EINVAL, errno.ENOTSUP}  # a network file system that syncs files only


class Disk:
    """`videos.storage.Store` in MEDIA_ROOT."""

    def look(self, path: Path) -> Stored | None:
        if not path.is_file():
            return None
        stat = path.stat()
        return Stored(stat.st_size, f"{stat.st_mtime_ns:x}-{stat.st_size:x}", int(stat.st_mtime))

    def desk(self, folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        return folder

    def put(self, finished: Path, target: Path) -> None:
        """By one rename, once the bytes are safe from a power cut; and then the rename, too."""
        sync(finished)
        finished.replace(target)
        sync_names(target.parent)

    def fetched(self, path: Path, check: Callable[[], None] | None = None) -> AbstractContextManager[Path]:
        return nullcontext(path)

    def source(self, path: Path) -> Source:
        return path

    def read(self, path: Path, span: range) -> Iterator[bytes]:
        with path.open("rb") as file:
            file.seek(span.start)
            left = len(span)
            while left and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece

    def link(self, path: Path, target: Path) -> None:
        self.desk(target.parent)
        target.unlink(missing_ok=True)
        os.link(path, target)

    def take_out(self, path: Path, place: Path) -> None:
        """By a link, which costs no room."""
        link_or_copy(path, place)

    def bring_back(self, copy: Path, target: Path) -> None:
        copy_whole(copy, target)

    def paths(self, folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            yield path
            if path.is_dir():
                yield from self.paths(path)

    def remove(self, *paths: Path) -> None:
        for path in paths:
            path.unlink(missing_ok=True)

    def remove_tree(self, path: Path) -> None:
        """What somebody else is just writing into a folder is left for the sweep."""
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            self.remove(path)

    def address(self, path: Path, content_type: str, disposition: str) -> str:
        return ""

    def trouble(self) -> str:
        return ""


def sync(path: Path) -> None:
    """What a row is about to say shall survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_names(folder: Path) -> None:
    """The same of the names in a folder, and of its own."""
    for place in (folder, folder.parent):
        try:
            sync(place)
        except OSError as error:
            if error.errno not in CANNOT:
                raise


def link_or_copy(source: Path, target: Path) -> None:
    """Raises FileNotFoundError if there is no such file."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one that knows no links
        copy_whole(source, target)


def copy_whole(source: Path, target: Path) -> None:
    """A copy, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    shutil.copy2(source, partial)
    partial.replace(target)
