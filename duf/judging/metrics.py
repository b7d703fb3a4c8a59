"""How near a picture is to the truth: PSNR and SSIM of luma, FLIP of colour; borders cut off."""

from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Luma = npt.NDArray[np.float64]
Number = TypeVar("Number", bound=np.generic)

BORDER = 8  # pixels cut off at each side
BT601 = np.array([65.481, 128.553, 24.966]) / 255  # of RGB 0..255, giving 16..235


def luma(rgb: Picture) -> Luma:
    """BT.601 luma on the 16..235 scale of [h, w, 3] uint8 RGB."""
    weighted: Luma = rgb.astype(np.float64) @ BT601
    return weighted + 16


def inner(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """[h, w, ...] without its border."""
    return values[BORDER:-BORDER, BORDER:-BORDER]


def psnr(truth: Picture, result: Picture) -> float:
    """Decibels against a peak of 255, of luma inside the border; infinite for equal pictures."""
    error = np.mean((inner(luma(truth)) - inner(luma(result))) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def ssim(truth: Picture, result: Picture) -> float:
    """Wang et al. 2004: 11x11 Gaussian windows of sigma 1.5 wholly inside the picture, of luma inside the border."""
    x, y = inner(luma(truth)), inner(luma(result))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mx, my = window(x), window(y)
    vx, vy, cov = window(x * x) - mx * mx, window(y * y) - my * my, window(x * y) - mx * my
    similarity = ((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(similarity.mean())


def window(values: Luma) -> Luma:
    kernel = cv2.getGaussianKernel(11, 1.5)
    means: Luma = cv2.sepFilter2D(values, -1, kernel, kernel)[5:-5, 5:-5]
    return means


def flip(truth: Picture, result: Picture) -> float:
    """LDR-FLIP (Andersson et al. 2020), mean inside the border: what one sees when the two pictures alternate.

    0 (nothing) to 1, at FLIP's own 67 pixels a degree. It has no learnt weights.
    """
    import flip_evaluator  # machines that only train do without it

    pictures: list[Any] = [picture.astype(np.float32) / np.float32(255) for picture in (truth, result)]
    error, *_ = flip_evaluator.evaluate(*pictures, "LDR", applyMagma=False, computeMeanError=False)
    return float(inner(np.asarray(error)).mean())
