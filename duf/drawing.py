"""Pictures from the dynamic upsampling kernel: as RGB, or straight as the planes that an encoder takes."""

from collections.abc import Callable
from ctypes import CDLL, byref, c_void_p
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from duf.media.colour import Coding, Planes, chroma_taps, to_samples
from duf.native import Drawing, Threads, finish

Rgb = NDArray[np.float32]
BAND = 120  # rows of the small frame that are drawn in one go, so that the memory for it stays small
Finish = Callable[[], Any]


def bordered(frame: Rgb, size: int) -> Rgb:
    """`frame` [h, w, 3] with as much black around it as filters of `size` taps a side reach."""
    reach = size // 2
    return np.asarray(cv2.copyMakeBorder(frame, *[reach] * 4, cv2.BORDER_CONSTANT))


def upsample(
    library: CDLL,
    frame: Rgb,
    logits: NDArray[Any],
    residual: Rgb | None,
    scale: int,
    threads: Threads,
    code: Coding | None,
) -> Any:
    """DynamicUpsampling of one frame [h, w, 3] by logits [h, w, k k r r], plus a residual [h, w, r r 3], clipped.

    The logits may be bfloat16; all else is float32.
    """
    height, width, count = logits.shape
    size = round((count // scale**2) ** 0.5)
    padded = bordered(frame, size)
    drawing = Drawing(width, height, size, scale, scale, padded.ctypes.data, logits.ctypes.data)
    drawing.residual = None if residual is None else residual.ctypes.data
    drawing.halves = logits.dtype.itemsize == 2
    return draw(library, drawing, threads, code)()


def draw(library: CDLL, drawing: Drawing, threads: Threads, code: Coding | None) -> Finish:
    """Begin to draw; the result, once it is asked for: RGB in 0..1, or planes of that coding.

    What `drawing` points at has to stay as it is until then; what is to be kept alive for it can be `kept` in it.
    """
    height, width = drawing.height * drawing.times, drawing.width * drawing.times
    picture = rgb(drawing, height, width) if code is None else planes(drawing, height, width, code)
    drawing.drawn = picture  # alive while threads draw, even if nobody waits for it any more

    def rows(first: int, last: int) -> None:
        scratch = np.empty(library.scratch_for(byref(drawing), 0, BAND), np.float32)
        for begin in range(first, last, BAND):
            library.draw(byref(drawing), begin, min(begin + BAND, last), scratch.ctypes.data)

    tasks = threads.start(drawing.height, rows)

    def done() -> Any:
        finish(tasks)
        return picture

    return done


def rgb(drawing: Drawing, height: int, width: int) -> Rgb:
    picture = np.empty((height, width, 3), np.float32)
    drawing.rgb = picture.ctypes.data
    return picture


def planes(drawing: Drawing, height: int, width: int, code: Coding) -> Planes:
    kind = np.uint8 if code.bits == 8 else np.uint16
    half = height // 2, width // 2
    size = half[0] * half[1]
    after_each_other = np.empty(6 * size, kind)
    y, u, v = np.split(after_each_other, (4 * size, 5 * size))
    y, u, v = y.reshape(2 * half[0], 2 * half[1]), u.reshape(half), v.reshape(half)
    drawing.planes = (c_void_p * 3)(*(plane.ctypes.data for plane in (y, u, v)))
    drawing.bits = code.bits
    drawing.colour[:] = to_samples(code).ravel().tolist()
    drawing.across[:], drawing.down[:] = (chroma_taps(site).tolist() for site in code.site)
    return y, u, v
