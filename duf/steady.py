"""What stands still in the source stands still in the picture.

A network makes something else of the same detail under other noise, which flickers. So of a picture that differs little
from the one before no more is shown than is new in the source: nothing where that stands still but for its noise, all
where it moves. What counts as new is told from the levels that each pixel had when it was last renewed, not from the
last frame, so that a slow fade is followed.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from ctypes import byref
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from duf.media.colour import Coding, Planes
from duf.native import Holding, kernels
from duf.upscaler import Rgb, Upscaler

F = TypeVar("F")  # a frame, in whatever form it comes
P = TypeVar("P")  # its picture

Levels = NDArray[np.float32]  # of grey, 0..255
Shares = NDArray[np.uint8]  # of a change, in 256ths; 255 are all of it

NEIGHBOURS = 3  # pixels a side whose mean change counts, because that of the noise is smaller
LEAST, MOST = 0.3, 1.0  # levels of that mean up to which nothing is new, and from which all is
LIMIT = 6  # levels of the picture; a greater change is shown at once


class Steady(Upscaler):
    """Another upscaler, whose pictures are contiguous and may be written to; what stands still is held."""

    def __init__(self, upscaler: Upscaler) -> None:
        self.upscaler, self.scale, self.at_once = upscaler, upscaler.scale, upscaler.at_once
        self.past, self.future = upscaler.past, upscaler.future

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        def hold(before: Rgb, now: Rgb, news: Shares) -> None:
            mix(before, now, wide(news, now), LIMIT / 255)

        return held(frames, self.upscaler.upscale, grey, hold)

    def upscale_planes(self, frames: Iterable[Planes], code: Coding, result: Coding) -> Iterator[Planes]:
        return held_planes(frames, lambda coming: self.upscaler.upscale_planes(coming, code, result), code, result)


def held_planes(
    frames: Iterable[Planes], enlarge: Callable[[Iterable[Planes]], Iterator[Planes]], code: Coding, result: Coding
) -> Iterator[Planes]:
    """The pictures that `enlarge` makes of the frames, held."""

    def levels(planes: Planes) -> Levels:
        return planes[0] * np.float32(0.5 ** (code.bits - 8))

    def hold(before: Planes, now: Planes, news: Shares) -> None:
        luma, chroma = (wide(news, plane) for plane in now[:2])
        for was, plane, shares in zip(before, now, (luma, chroma, chroma), strict=True):
            mix(was, plane, shares, LIMIT << result.bits - 8)

    return held(frames, enlarge, levels, hold)


def held(
    frames: Iterable[F],
    enlarge: Callable[[Iterable[F]], Iterator[P]],
    levels: Callable[[F], Levels],
    hold: Callable[[P, P, Shares], None],
) -> Iterator[P]:
    """The pictures of a run, each held to the one before it; one that is given again has been held already.

    The second is not held to the first, because the first look at a scene is not yet the best.
    """
    coming: deque[F] = deque()  # frames that were read, whose pictures are to come
    source, before = Source(), None

    def noted() -> Iterator[F]:
        for frame in frames:
            coming.append(frame)
            yield frame

    for number, now in enumerate(enlarge(noted())):
        frame = coming.popleft()
        if number and now is not before:
            news = source.news(levels(frame))
            if before is not None:
                hold(before, now, news)
            before = now
        yield now


class Source:
    """The levels that each pixel of a run had when it was last renewed."""

    def __init__(self) -> None:
        self.levels: Levels | None = None

    def news(self, now: Levels) -> Shares:
        """How much of each pixel of the next frame is new; by so much it is renewed."""
        if self.levels is None:
            self.levels = now
        change = now - self.levels
        around = cv2.blur(np.abs(change), (NEIGHBOURS, NEIGHBOURS))
        share = np.clip((around - LEAST) * np.float32(1 / (MOST - LEAST)), 0, 1)
        self.levels = self.levels + share * change
        news: Shares = cv2.convertScaleAbs(share, alpha=255)
        return news


def grey(frame: Rgb) -> Levels:
    levels: Levels = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) * np.float32(255)
    return levels


def wide(news: Shares, plane: NDArray[Any]) -> Shares:
    """In rows as long as the plane's, which lie on those of the source to less than a pixel where one was lost."""
    shares: Shares = cv2.resize(news, (plane.shape[1], len(news)), interpolation=cv2.INTER_LINEAR)
    return shares


def mix(before: NDArray[Any], now: NDArray[Any], shares: Shares, limit: float) -> None:
    """Write what is to be shown in the place of `now`: [h, w] of whole numbers, or [h, w, 3] of floats."""
    library, (height, width) = kernels(), now.shape[:2]
    if library is None:
        now[...] = mixed(before, now, taller(shares, height), limit)
    else:
        holding = Holding(width, height, len(shares), now.itemsize, limit)
        holding.shares, holding.before, holding.now = (array.ctypes.data for array in (shares, before, now))
        library.hold(byref(holding), 0, height)


def mixed(before: NDArray[Any], now: NDArray[Any], shares: NDArray[Any], limit: float) -> NDArray[Any]:
    """What the kernel does."""
    if now.dtype == np.float32:
        share = shares[..., None] / np.float32(255)
        return np.where(np.abs(now - before) <= np.float32(limit), (1 - share) * before + share * now, now)
    change = now.astype(np.int32) - before
    return np.where(np.abs(change) <= limit, before + (shares * change + 128 >> 8), now)


def taller(shares: Shares, height: int) -> NDArray[np.int32]:
    """So many rows, each between the two nearest."""
    places = np.maximum((2 * np.arange(height) + 1) * len(shares) * 64 // height - 64, 0)  # in 128ths of a row
    upper, part = places >> 7, (places & 127)[:, None]
    first, second = (shares[rows].astype(np.int32) for rows in (upper, np.minimum(upper + 1, len(shares) - 1)))
    between: NDArray[np.int32] = first + ((second - first) * part + 64 >> 7)
    return between
