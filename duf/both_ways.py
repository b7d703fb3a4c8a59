"""A streaming network run forwards, and backwards over a picture that lies on its side; what comes is the mean of both.

Each way sees other frames before it draws, and makes mistakes of its own, which the mean makes smaller. The way back
begins anew every few frames, a little later than where its pictures count and with a look ahead to the frame before
them, so no more than those are held.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, tee
from typing import Any, TypeVar

import cv2
import numpy as np

from duf.media.colour import Coding, Planes, to_rgb
from duf.streaming import Streaming, stream
from duf.upscaler import Rgb, Upscaler

F = TypeVar("F")  # a frame, in whatever form it comes

HELD, LEAST = 6_000_000, 2  # source pixels whose pictures the way back holds, and the fewest frames that it is worth


class BothWays(Upscaler):
    """Both ways by one network, whose engine has a twin, for neither may forget while the other works."""

    past = Streaming.past
    at_once = 12  # by the way back, of no more than HELD
    future = 3  # frames after which the way back has seen enough; more bring nothing that can be measured

    def __init__(self, network: Streaming) -> None:
        self.forwards, self.scale = network, network.scale
        self.backwards = Streaming(network.engine.twin(), network.scale, network.fine)

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        return self.means(frames, lambda frame: frame, None)

    def upscale_planes(self, frames: Iterable[Planes], code: Coding, result: Coding) -> Iterator[Planes]:
        return self.means(frames, lambda planes: to_rgb(planes, code), result)

    def means(self, frames: Iterable[F], see: Callable[[F], Rgb], code: Coding | None) -> Iterator[Any]:
        run = iter(frames)
        first = list(islice(run, 1))
        length = min((span(see(frame)) for frame in first), default=1)
        there, again = tee(chain(first, run))
        pictures = self.forwards.drawn(there, see, code)
        for turned_run, counting in spans(again, length, self.future):
            back = self.backwards.drawn(
                turned_run, lambda frame: turned(see(frame)), turned_code(code), counting.start, counting.stop
            )
            others = list(back)
            while others:
                yield mean(next(pictures), turned(others.pop()))


def span(frame: Rgb) -> int:
    """How many pictures of that size the way back makes at once: fewer of large ones, which must be held."""
    height, width = frame.shape[:2]
    return max(LEAST, min(BothWays.at_once, int(HELD // (height * width))))


def spans(frames: Iterable[F], length: int, after: int) -> Iterator[tuple[list[F], range]]:
    """A run in spans of `length`, in turned order, and where in it they lie.

    Each between the `after` frames behind it, which are seen first, and the one before it, to which is looked ahead.
    """
    run, before = iter(frames), list[F]()
    held = list(islice(run, length))
    while held:
        held += islice(run, length + after - len(held))
        counting = min(length, len(held))
        yield [*held[::-1], *before], range(len(held) - counting, len(held))
        before, held = held[counting - 1 : counting], held[counting:]


def turned(picture: Any) -> Any:
    """Rows as columns: an array, or planes."""
    return cv2.transpose(picture) if isinstance(picture, np.ndarray) else tuple(map(cv2.transpose, picture))


def turned_code(code: Coding | None) -> Coding | None:
    return code and code._replace(site=code.site[::-1])


def mean(picture: Any, other: Any) -> Any:
    """Of arrays, or of planes, in the place of `other`; whole numbers are rounded, a half to the even one."""
    if isinstance(picture, np.ndarray):
        return cv2.addWeighted(picture, 0.5, other, 0.5, 0, other)
    return tuple(map(mean, picture, other))


def both_ways(name: str, scale: int, sampling: str = "centre", precision: str | None = None) -> BothWays:
    """A shipped network as `streaming.stream` loads it."""
    return BothWays(stream(name, scale, sampling, precision))
