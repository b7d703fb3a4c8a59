"""Messages through a pipe: one byte of kind, the length, the payload. The decoding process writes, its parent reads."""

import fcntl
import json
import os
import select
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = struct.Struct("<cQ")
FRAME = struct.Struct("<qqI?xxx")  # pts, duration, crc, cut
PIPE = 1 << 20  # bytes, so that a frame moves in few switches between the processes
LARGEST = 1 << 30  # bytes of a message

BEAT, NOTE, SHOT = b"b", b"n", b"s"
DONE, REFUSAL, FAULT, UNREADABLE = b"d", b"r", b"f", b"u"  # the last one


@dataclass(frozen=True)
class Picture:
    """A frame on its way; planes are the bytes of Y, U and V without padding."""

    pts: int
    duration: int
    crc: int
    cut: bool
    planes: tuple[memoryview, memoryview, memoryview]


class Silence(Exception):
    """Nothing arrived for too long."""


class Sender:
    """The decoding process's end."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        _widen(pipe)

    def send(self, kind: bytes, value: Any = None) -> None:
        """Send a value as JSON."""
        payload = json.dumps(value).encode()
        self._write([HEADER.pack(kind, len(payload)), payload])

    def send_picture(self, picture: Picture) -> None:
        """Send a frame."""
        size = FRAME.size + sum(len(plane) for plane in picture.planes)
        facts = FRAME.pack(picture.pts, picture.duration, picture.crc, picture.cut)
        self._write([HEADER.pack(SHOT, size), facts, *picture.planes])

    def _write(self, parts: Sequence[bytes | memoryview]) -> None:
        left = [memoryview(part) for part in parts if len(part)]
        while left:
            written = os.writev(self._pipe, left)
            while left and written >= len(left[0]):
                written -= len(left.pop(0))
            if left:
                left[0] = left[0][written:]


class Receiver:
    """The parent's end."""

    def __init__(self, pipe: int, silence: float) -> None:
        self._pipe, self._silence = pipe, silence
        self._poll = select.poll()
        self._poll.register(pipe, select.POLLIN)
        _widen(pipe)

    def message(self) -> tuple[bytes, Any]:
        """Kind and payload of the next message. EOFError: the sender is gone; Silence: nothing for too long."""
        kind, length = HEADER.unpack(self._take(HEADER.size).tobytes())
        if length > LARGEST:
            raise EOFError
        payload = self._take(length)
        return kind, payload if kind == SHOT else json.loads(payload.tobytes())

    def _take(self, length: int) -> NDArray[np.uint8]:
        """The next bytes, read straight into a new array."""
        array = np.empty(length, np.uint8)
        view, filled = array.data, 0
        while filled < length:
            self._await()
            count = os.readv(self._pipe, [view[filled:]])
            if not count:
                raise EOFError
            filled += count
        return array

    def _await(self) -> None:
        end = time.monotonic() + self._silence
        while not self._poll.poll(max(0.0, end - time.monotonic()) * 1000):
            if time.monotonic() >= end:
                raise Silence


def _widen(pipe: int) -> None:
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)
    except OSError:
        return  # the system's share of pipe memory is used up: slower, no worse
