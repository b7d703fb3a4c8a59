"""How steady a result is: what changes from frame to frame that should not, and whether things move as they should."""

import math
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from duf.judging.metrics import Luma, Picture, inner, luma

STILL = 1.0  # levels of luma, mean of NEIGHBOURS x NEIGHBOURS pixels, below which the truth stands still
NEIGHBOURS = 7
LEAST_SHARE = 0.01  # of the picture; less stands still by chance


class Pair(NamedTuple):
    """One frame as it should be and as it is, [h, w, 3] uint8 RGB."""

    truth: Picture
    result: Picture


def flicker(before: Pair, now: Pair) -> tuple[float, float]:
    """Mean change of the error between two frames in a row, in levels of luma inside the border, |e_t - e_(t-1)|.

    Everywhere, and where the truth stands still (not a number if it nowhere does).
    """
    true, made = ([inner(luma(picture)) for picture in pictures] for pictures in zip(before, now, strict=True))
    change = np.abs((made[1] - true[1]) - (made[0] - true[0]))
    still = static(*true)
    return float(change.mean()), float(change[still].mean()) if still.mean() >= LEAST_SHARE else math.nan


def static(before: Luma, now: Luma) -> npt.NDArray[np.bool_]:
    """Where two frames of the truth are the same but for noise."""
    around: Luma = cv2.blur(np.abs(now - before), (NEIGHBOURS, NEIGHBOURS))
    return around < STILL


def tof(before: Pair, now: Pair) -> float:
    """tOF of TecoGAN (Chu et al. 2020), in pixels: mean distance between the flow of the truth and of the result."""
    true, made = (motion(*pictures) for pictures in zip(before, now, strict=True))
    return float(np.linalg.norm(inner(true - made), axis=-1).mean())


def motion(before: Picture, now: Picture) -> npt.NDArray[np.float32]:
    """Farneback's flow [h, w, 2] with TecoGAN's settings."""
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (before, now)]
    flow: npt.NDArray[np.float32] = cv2.calcOpticalFlowFarneback(*grey, None, 0.5, 3, 15, 3, 5, 1.2, 0)
    return flow
