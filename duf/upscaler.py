"""What every model looks like to those who use it, and the plain interpolations behind that face."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from duf.media.colour import Coding, Planes, from_rgb, to_rgb

Rgb = npt.NDArray[np.float32]


class Upscaler(ABC):
    """Enlarges a run of frames. A run starts with no memory and gives one picture per frame, in order."""

    scale: int
    past: int  # frames of history that a run wants before the first one whose picture counts
    future: int  # frames of look-ahead that it wants after the last one
    at_once = 1  # pictures that it makes in one go

    @abstractmethod
    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        """[h, w, 3] float32 in 0..1 becomes [scale h, scale w, 3] likewise."""

    def upscale_planes(self, frames: Iterable[Planes], code: Coding, result: Coding) -> Iterator[Planes]:
        """The same from planes to planes, which lose a last odd row or column."""
        for picture in self.upscale(to_rgb(planes, code) for planes in frames):
            yield from_rgb(even(picture), result)


class Interpolation(Upscaler):
    """Bicubic or Lanczos for comparison: sample centres aligned as players do, or the paper's first samples."""

    past = 0
    future = 0

    def __init__(self, kernel: int, scale: int, sampling: str) -> None:
        self.kernel, self.scale, self.sampling = kernel, scale, sampling

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        for frame in frames:
            larger = self.aligned(frame) if self.sampling == "centre" else self.from_corner(frame)
            yield np.clip(larger, 0, 1)

    def aligned(self, frame: Rgb) -> Rgb:
        height, width = frame.shape[:2]
        larger: Rgb = cv2.resize(frame, (width * self.scale, height * self.scale), interpolation=self.kernel)
        return larger

    def from_corner(self, frame: Rgb) -> Rgb:
        columns, rows = (np.arange(n * self.scale, dtype=np.float32) / self.scale for n in frame.shape[1::-1])
        at = np.meshgrid(columns, rows)
        larger: Rgb = cv2.remap(frame, *at, self.kernel, borderMode=cv2.BORDER_REPLICATE)
        return larger


def even(picture: Rgb) -> Rgb:
    """Without the last row or column where their number is odd."""
    return picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]


def same(frame: Any, other: Any) -> bool:
    """Whether two frames are equal to the last bit: arrays, or several of them (planes, a window)."""
    if isinstance(frame, np.ndarray):
        return np.array_equal(frame, other)
    return all(same(*pair) for pair in zip(frame, other, strict=True))


def bicubic(scale: int, sampling: str = "centre") -> Interpolation:
    return Interpolation(cv2.INTER_CUBIC, scale, sampling)


def lanczos(scale: int, sampling: str = "centre") -> Interpolation:
    return Interpolation(cv2.INTER_LANCZOS4, scale, sampling)
