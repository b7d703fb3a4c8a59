"""A file of this machine's, as the decoding process reads it.

FFmpeg takes a read that fails for the end of a file, and what came before it for all there is. So a file remembers that
the disk could not be read, and then nothing that was found counts.
"""

import io
from collections.abc import Iterable
from typing import Any, BinaryIO


class Local(io.FileIO):
    """An open descriptor."""

    failure: OSError | None = None

    def readinto(self, buffer: Any) -> int:
        try:
            return super().readinto(buffer)
        except OSError as error:
            self.failure = error
            raise


def local(descriptor: int) -> BinaryIO:
    return io.BufferedReader(Local(descriptor))


def unreadable(files: Iterable[BinaryIO]) -> str:
    """Why one of these could not be read; empty if all that was asked for came."""
    raws = (getattr(file, "raw", None) for file in files)
    failures = (raw.failure for raw in raws if isinstance(raw, Local) and raw.failure)
    return next((failure.strerror or type(failure).__name__ for failure in failures), "")
