"""What stands still in the source stands still in the picture.

A network makes something else of the same detail under other noise, which flickers. So of a picture that differs little
from the one before no more is shown than is new in the source: nothing where that stands still but for its noise, all
where it moves. What counts as new is told from what each pixel was when it was last renewed, not from the last frame,
and what is shown is kept finer than it is given out, so that a slow fade is followed. At the start of a run all may
change once, by as much as a network flickers.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from ctypes import byref
from itertools import islice
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from duf.media.colour import Coding, Planes
from duf.native import Holding, kernels
from duf.upscaler import Rgb, Upscaler, same

F = TypeVar("F")  # a frame, in whatever form it comes
P = TypeVar("P")  # its picture
S = TypeVar("S")  # what is kept of the picture that is shown

Levels = NDArray[np.float32]  # 0..255
Shares = NDArray[np.uint8]  # of a change, in 256ths; 255 are all of it

NEIGHBOURS = 3  # pixels a side whose mean change counts, because that of the noise is smaller
# Levels of that mean up to which nothing is new, by the scale; from twice as many all is. The less a picture is
# enlarged, the more of the noise in the source is the truth's own, from which what is held would differ.
LEAST = {2: 0.3, 3: 0.4, 4: 0.45}
CHROMA = np.float32(0.5)  # what a level of it counts, of which the eye sees less than of one of luma
LIMIT = 12  # levels of the picture; a greater change is shown at once
FINE = 3  # bits by which shown planes are kept finer than 8 bit; more would not fit the kernel's products


class Steady(Upscaler):
    """Another upscaler, whose pictures are contiguous and may be written to; what stands still is held."""

    def __init__(self, upscaler: Upscaler) -> None:
        self.upscaler, self.scale, self.at_once = upscaler, upscaler.scale, upscaler.at_once
        self.past, self.future = upscaler.past, upscaler.future

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        def hold(shown: Rgb, now: Rgb, news: Shares) -> None:
            shares = np.repeat(wide(news, now), 3, 1)
            mix(shown.reshape(len(now), -1), now.reshape(len(now), -1), shares, LIMIT / 255)

        return held(frames, self.upscaler.upscale, parted, np.copy, hold, LEAST[self.scale])

    def upscale_planes(self, frames: Iterable[Planes], code: Coding, result: Coding) -> Iterator[Planes]:
        def enlarge(coming: Iterable[Planes]) -> Iterator[Planes]:
            return self.upscaler.upscale_planes(coming, code, result)

        return held_planes(frames, enlarge, code, result, LEAST[self.scale])


def held_planes(
    frames: Iterable[Planes],
    enlarge: Callable[[Iterable[Planes]], Iterator[Planes]],
    code: Coding,
    result: Coding,
    least: float,
) -> Iterator[Planes]:
    """The pictures that `enlarge` makes of the frames, held."""
    level, finer = np.float32(0.5 ** (code.bits - 8)), 8 + FINE - result.bits

    def parts(planes: Planes) -> list[Levels]:
        return [plane * level for plane in planes]

    def keep(picture: Planes) -> list[NDArray[np.int16]]:
        return [plane.astype(np.int16) << finer for plane in picture]

    def hold(shown: list[NDArray[np.int16]], now: Planes, news: Shares) -> None:
        luma, chroma = (wide(news, plane) for plane in now[:2])
        for was, plane, shares in zip(shown, now, (luma, chroma, chroma), strict=True):
            mix(was, plane, shares, LIMIT << FINE, finer)

    return held(frames, enlarge, parts, keep, hold, least)


def held(
    frames: Iterable[F],
    enlarge: Callable[[Iterable[F]], Iterator[P]],
    parts: Callable[[F], Sequence[Levels]],
    keep: Callable[[P], S],
    hold: Callable[[S, P, Shares], None],
    least: float,
) -> Iterator[P]:
    """The pictures of a run, each held to what is shown; where a frame repeats the one before, so does its picture.

    The second is not held to the first, because the first look at a scene is not yet the best.
    """
    coming: deque[F] = deque()  # frames that were read, whose pictures are to come

    def noted() -> Iterator[F]:
        for frame in frames:
            coming.append(frame)
            yield frame

    pictures, memory = enlarge(noted()), None
    for picture in islice(pictures, 2):
        last = coming.popleft()
        yield picture
    for now in pictures:
        source, shown = memory = memory or (Source(parts(last), least), keep(picture))
        frame = coming.popleft()
        if not same(frame, last):
            hold(shown, now, source.news(parts(frame)))
            last, picture = frame, now
        yield picture


class Source:
    """What each pixel of a run was when it was last renewed: luma, and chroma, whose planes are smaller.

    Changes of up to `least` levels are nothing new, those of twice as many are new altogether.
    """

    def __init__(self, planes: Sequence[Levels], least: float) -> None:
        self.planes, self.least = [plane.copy() for plane in planes], least

    def news(self, now: Sequence[Levels]) -> Shares:
        """How much of each pixel of the next frame is new, in luma or in chroma; by so much it is renewed."""
        changes = [plane - before for plane, before in zip(now, self.planes, strict=True)]
        luma, *chroma = (cv2.blur(np.abs(change), (NEIGHBOURS, NEIGHBOURS)) for change in changes)
        around = np.maximum(luma, CHROMA * resized(np.maximum(*chroma), luma))
        share = np.clip((around - self.least) * np.float32(1 / self.least), 0, 1)
        less = resized(share, chroma[0])
        for plane, part, change in zip(self.planes, (share, less, less), changes, strict=True):
            plane += part * change
        news: Shares = cv2.convertScaleAbs(share, alpha=255)
        return news


def resized(plane: Levels, like: Levels) -> Levels:
    """To the size of another, of which each pixel covers about a whole number of its own, or the reverse."""
    result: Levels = cv2.resize(plane, like.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return result


def parted(frame: Rgb) -> list[Levels]:
    """Luma, and chroma of half the size, as video has them."""
    luma, *chroma = cv2.split(cv2.cvtColor(frame * np.float32(255), cv2.COLOR_RGB2YCrCb))
    height, width = luma.shape
    half = (width + 1) // 2, (height + 1) // 2
    return [luma, *(cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in chroma)]


def wide(news: Shares, plane: NDArray[Any]) -> Shares:
    """In rows as long as the plane's, which lie on those of the source to less than a pixel where one was lost."""
    shares: Shares = cv2.resize(news, (plane.shape[1], len(news)), interpolation=cv2.INTER_LINEAR)
    return shares


def mix(shown: NDArray[Any], now: NDArray[Any], shares: Shares, limit: float, finer: int = 0) -> None:
    """Renew `shown` [h, w] from `now`, and write it in the place of that.

    Floats, or whole numbers, of which `shown` has so many more bits.
    """
    library, (height, width) = kernels(), now.shape
    if library is None:
        shown[...] = mixed(shown, now, taller(shares, height), limit, finer)
        now[...] = shown if now.dtype == np.float32 else shown + (1 << finer >> 1) >> finer
    else:
        holding = Holding(width, height, len(shares), now.itemsize, finer, limit)
        holding.shares, holding.shown, holding.now = (array.ctypes.data for array in (shares, shown, now))
        library.hold(byref(holding), 0, height)


def mixed(shown: NDArray[Any], now: NDArray[Any], shares: NDArray[Any], limit: float, finer: int = 0) -> NDArray[Any]:
    """What is to be shown, as the kernel tells it."""
    if now.dtype == np.float32:
        share = shares / np.float32(255)
        return np.where(np.abs(now - shown) <= np.float32(limit), (1 - share) * shown + share * now, now)
    new = now.astype(np.int32) << finer
    change = new - shown
    return np.where(np.abs(change) <= limit, shown + (shares * change + 128 >> 8), new)


def taller(shares: Shares, height: int) -> NDArray[np.int32]:
    """So many rows, each between the two nearest."""
    places = np.maximum((2 * np.arange(height) + 1) * len(shares) * 64 // height - 64, 0)  # in 128ths of a row
    upper, part = places >> 7, (places & 127)[:, None]
    first, second = (shares[rows].astype(np.int32) for rows in (upper, np.minimum(upper + 1, len(shares) - 1)))
    between: NDArray[np.int32] = first + ((second - first) * part + 64 >> 7)
    return between
