"""How a sharp frame becomes the low-resolution one that a network sees: made small, made noisy, compressed.

Two sampling phases exist. "corner": a low-resolution sample lies on the first of the `scale` x `scale` pixels that it
stands for, as in the DUF paper. "centre": it lies in their middle, as every scaler of real videos does.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from duf.material.compression import compressed

Picture = npt.NDArray[np.uint8]
Clip = npt.NDArray[np.uint8]  # [T, h, w, 3]

TAPS = 13


def paper(hr: Picture, scale: int) -> Picture:
    """The paper's: Gaussian of sigma 0.4 x scale, 13 taps, every `scale`-th pixel from the first. [h, w, 3] uint8."""
    kernel = cv2.getGaussianKernel(TAPS, 0.4 * scale)
    blurred = cv2.sepFilter2D(hr.astype(np.float32), -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
    return to_8_bit(blurred[::scale, ::scale])


def area(hr: Picture, scale: int) -> Picture:
    """The mean of each `scale` x `scale` block, as OpenCV's INTER_AREA. [h, w, 3] uint8."""
    height, width = hr.shape[:2]
    small: Picture = cv2.resize(hr, (width // scale, height // scale), interpolation=cv2.INTER_AREA)
    return small


DEGRADATIONS = {"corner": paper, "centre": area}


def box(x: float) -> float:
    """What INTER_AREA weighs by; a pixel half inside counts half."""
    return 1.0 if abs(x) < 0.5 else 0.5 if abs(x) == 0.5 else 0.0


def cubic(x: float, a: float = -0.5) -> float:
    """Keys' cubic convolution with the coefficient that Pillow and Matlab use."""
    x = abs(x)
    if x < 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return (((x - 5) * x + 8) * x - 4) * a if x < 2 else 0.0


def lanczos(x: float) -> float:
    """A sinc in the window of a wider one, three lobes."""
    return float(np.sinc(x) * np.sinc(x / 3)) if abs(x) < 3 else 0.0


WEIGHTS: dict[str, tuple[Callable[[float], float], float]] = {  # by the distance in low-resolution pixels, and reach
    "area": (box, 0.5),
    "bicubic": (cubic, 2.0),
    "lanczos": (lanczos, 3.0),
}


def resize(hr: Picture, scale: int, name: str, phase: str) -> Picture:
    """`hr` [s h, s w, 3] by a kernel of WEIGHTS, widened by `scale` so that nothing aliases. [h, w, 3] uint8."""
    weigh, reach = WEIGHTS[name]
    middle = (scale - 1) / 2 if phase == "centre" else 0.0  # of the samples that a low-resolution one stands for
    first, last = math.ceil(middle - reach * scale), math.floor(middle + reach * scale)
    kernel = np.array([weigh((k - middle) / scale) for k in range(first, last + 1)], np.float32)
    kernel /= kernel.sum()
    anchor, border = (-first, -first), cv2.BORDER_REFLECT_101
    smooth = cv2.sepFilter2D(hr.astype(np.float32), -1, kernel, kernel, anchor=anchor, borderType=border)
    return to_8_bit(smooth[::scale, ::scale])


@dataclass(frozen=True)
class Degradation:
    """One way down: a resize ("paper" or of WEIGHTS), then noise as a sensor adds it, then a codec."""

    resize: str
    phase: str  # "corner" or "centre"
    noise: float = 0.0  # standard deviation, in 8-bit steps
    crf: int | None = None  # of x264; None: not compressed

    def shrink(self, hr: Picture, scale: int) -> Picture:
        """One frame made small, [h, w, 3]."""
        if self.resize == "paper":
            return paper(hr, scale)
        if self.resize == "area" and self.phase == "centre":
            return area(hr, scale)
        return resize(hr, scale, self.resize, self.phase)

    def __call__(self, frames: Sequence[Picture], scale: int, rng: np.random.Generator) -> Clip:
        """Frames [s h, s w, 3] as the low-resolution clip [T, h, w, 3]."""
        small = np.stack([self.shrink(np.ascontiguousarray(frame), scale) for frame in frames])
        if self.noise:
            small = to_8_bit(small.astype(np.float32) + self.noise * rng.standard_normal(small.shape, np.float32))
        return small if self.crf is None else np.stack(list(compressed(small, self.crf)))


def to_8_bit(picture: npt.NDArray[np.floating]) -> Picture:
    """Rounds and clips values on the 0..255 scale."""
    rounded: Picture = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return rounded
