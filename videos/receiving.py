"""The bytes of an upload on their way: appended to its source file, or parts of an object to be.

Bytes count once they are safe and the video's row says so; after a crash the smaller of the two is where the upload
goes on. One request at a time brings bytes of an upload.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from io import FileIO
from typing import Protocol

from django.conf import settings

from videos.disk import sync_names
from videos.models import Video


class Receiver(Protocol):
    """Where the bytes of one upload go."""

    at: int  # the byte that comes next

    def arrived(self) -> int:
        """How many bytes are safe and counted by the row."""

    def resume(self, at: int, hold: bool) -> None:
        """Go on from there. `hold`: what comes now may be taken back, so it must not be passed on before `commit`."""

    def write(self, piece: bytes) -> None:
        """Take more bytes. Raises OSError if the disk is full."""

    def take_back(self) -> None:
        """Forget what has come since `resume`."""

    def commit(self, last: bool) -> int:
        """Make what has come safe; the number of bytes that are. `last`: nothing more comes with this request."""

    def counted(self, offset: int) -> None:
        """The row counts so many bytes now."""


class Gone(Exception):
    """Bytes that had arrived are lost, so the upload has to begin anew."""


def receiving(video: Video) -> AbstractContextManager[Receiver]:
    """Where the video's bytes go, ours alone, and its row as the last writer left it.

    Raises BlockingIOError if another request has it, Video.DoesNotExist or FileNotFoundError if it was deleted.
    """
    if settings.S3_BUCKET:
        from videos import multipart  # boto3 takes long to import

        return multipart.receiving_parts(video)
    return _receiving_file(video)


def arrived(video: Video) -> int:
    """How many bytes are safe and counted, without keeping others from bringing more."""
    if settings.S3_BUCKET:
        from videos import multipart

        return multipart.arrived(video)
    return min(video.offset, video.source.stat().st_size if video.source.exists() else 0)


def begin(video: Video) -> None:
    """Make room for the bytes of a new upload."""
    if not settings.S3_BUCKET:
        video.folder.mkdir(parents=True)
        video.source.touch()
        sync_names(video.folder)


@contextmanager
def _receiving_file(video: Video) -> Iterator[Receiver]:
    """By a lock on the file itself, which the system drops when its process dies."""
    with FileIO(video.source, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        video.refresh_from_db()
        yield Appended(video, file)


class Appended:
    """Bytes go straight to the end of the source file."""

    def __init__(self, video: Video, file: FileIO) -> None:
        self._video, self._file = video, file
        self._start = self.at = 0

    def arrived(self) -> int:
        return min(self._video.offset, os.fstat(self._file.fileno()).st_size)

    def resume(self, at: int, hold: bool) -> None:
        self._file.truncate(at)
        self._file.seek(at)
        self._start = self.at = at

    def write(self, piece: bytes) -> None:
        written = self._file.write(piece)
        while written < len(piece):
            written += self._file.write(piece[written:])
        self.at += written

    def take_back(self) -> None:
        self._file.truncate(self._start)

    def commit(self, last: bool) -> int:
        os.fsync(self._file.fileno())
        return self.at

    def counted(self, offset: int) -> None:
        pass
