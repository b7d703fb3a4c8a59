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


def bicubic(scale: int, sampling: str = "centre") -> Interpolation:
    return Interpolation(cv2.INTER_CUBIC, scale, sampling)


def lanczos(scale: int, sampling: str = "centre") -> Interpolation:
    return Interpolation(cv2.INTER_LANCZOS4, scale, sampling)
