"""What every model looks like to those who use it, and the plain interpolations behind that face."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.float32]


class Upscaler(Protocol):
    """Enlarges a run of frames. A run starts with no memory and gives one picture per frame, in order."""

    scale: int
    past: int  # frames of history that a run wants before the first one whose picture counts
    future: int  # frames of look-ahead that it wants after the last one

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        """[h, w, 3] float32 in 0..1 becomes [scale h, scale w, 3] likewise."""
        ...


class Interpolation:
    """Bicubic or Lanczos, sample centres aligned, as players do it; for comparison."""

    past = 0
    future = 0

    def __init__(self, kernel: int, scale: int) -> None:
        self.kernel, self.scale = kernel, scale

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        for frame in frames:
            height, width = frame.shape[:2]
            size = (width * self.scale, height * self.scale)
            yield np.clip(cv2.resize(frame, size, interpolation=self.kernel), 0, 1)


def bicubic(scale: int) -> Interpolation:
    return Interpolation(cv2.INTER_CUBIC, scale)


def lanczos(scale: int) -> Interpolation:
    return Interpolation(cv2.INTER_LANCZOS4, scale)
