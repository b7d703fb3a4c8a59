"""A streaming network run forwards, and backwards over a picture that lies on its side; what comes is the mean of both.

Each way sees other frames before it draws, and makes mistakes of its own, which the mean makes smaller. The way back
begins anew every few frames, a little later than where its pictures count, so no more than those are held.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, tee
from typing import Any, TypeVar

import cv2
import numpy as np

from duf.media.colour import Coding, Planes, to_rgb
from duf.streaming import Streaming, stream
from duf.upscaler import Rgb, Upscaler

F = TypeVar("F")  # a frame, in whatever form it comes


class BothWays(Upscaler):
    """Two upscalers of the same network, for neither may forget while the other works."""

    past = Streaming.past
    at_once = 12  # of the way back
    future = 3  # frames after which the way back has seen enough; more bring nothing that can be measured

    def __init__(self, forwards: Streaming, backwards: Streaming) -> None:
        self.forwards, self.backwards, self.scale = forwards, backwards, forwards.scale

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        return self.means(frames, lambda frame: frame, None)

    def upscale_planes(self, frames: Iterable[Planes], code: Coding, result: Coding) -> Iterator[Planes]:
        return self.means(frames, lambda planes: to_rgb(planes, code), result)

    def means(self, frames: Iterable[F], see: Callable[[F], Rgb], code: Coding | None) -> Iterator[Any]:
        run, again = tee(frames)
        pictures = self.forwards.drawn(run, see, code)
        for frames_back, counting in spans(again, self.at_once, self.future):
            start = len(frames_back) - counting
            back = self.backwards.drawn(frames_back, lambda frame: turned(see(frame)), turned_code(code), start)
            for other in reversed(list(back)):
                yield mean(next(pictures), turned(other))


def spans(frames: Iterable[F], length: int, after: int) -> Iterator[tuple[list[F], int]]:
    """A run in spans of `length`, each in turned order with the `after` frames behind it, and the length of each."""
    run = iter(frames)
    held = list(islice(run, length))
    while held:
        held += islice(run, length + after - len(held))
        counting = min(length, len(held))
        yield held[::-1], counting
        held = held[counting:]


def turned(picture: Any) -> Any:
    """Rows as columns: an array, or planes."""
    return cv2.transpose(picture) if isinstance(picture, np.ndarray) else tuple(map(cv2.transpose, picture))


def turned_code(code: Coding | None) -> Coding | None:
    return code and code._replace(site=code.site[::-1])


def mean(picture: Any, other: Any) -> Any:
    """Of arrays, or of planes; whole numbers are rounded, a half to the even one."""
    if isinstance(picture, np.ndarray):
        return cv2.addWeighted(picture, 0.5, other, 0.5, 0)
    return tuple(map(mean, picture, other))


def both_ways(name: str, scale: int, sampling: str = "centre", precision: str | None = None) -> BothWays:
    """A shipped network as `streaming.stream` loads it, twice."""
    return BothWays(*(stream(name, scale, sampling, precision) for _ in range(2)))
