"""How a sharp frame becomes the low-resolution one that a network sees.

Two sampling phases exist. "corner": a low-resolution sample lies on the first of the `scale` x `scale` pixels that it
stands for, as in the DUF paper. "centre": it lies in their middle, as every scaler of real videos does.
"""

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

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


def to_8_bit(picture: npt.NDArray[np.floating]) -> Picture:
    """Rounds and clips values on the 0..255 scale."""
    rounded: Picture = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return rounded
