"""In the decoding process: a file whose bytes the parent process fetches, asked for through a socket."""

import errno
import io
import os
import struct

AHEAD = 1 << 18  # bytes that the decoding process asks for at once

ASKED = struct.Struct("<QI")  # offset, length
LENGTH = struct.Struct("<Q")


class Served(io.RawIOBase):
    """It can be sought and read like a file; OSError once the parent has given up."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._at = descriptor, 0
        self._size = self._length()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, (0, self._at, self._size)[whence] + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        os.write(self._descriptor, ASKED.pack(self._at, wanted))
        count = self._length()
        buffer[:count] = self._exactly(count)
        self._at += count
        return count

    def _length(self) -> int:
        return int(LENGTH.unpack(self._exactly(LENGTH.size))[0])

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = os.read(self._descriptor, count - len(data))
            if not piece:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            data += piece
        return data


def served(descriptor: int) -> io.BufferedReader:
    """The file behind a descriptor."""
    return io.BufferedReader(Served(descriptor), AHEAD)
