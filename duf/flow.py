"""Optical flow between neighbouring low-resolution frames, by OpenCV's dense inverse search."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

LEAST = 32  # pixels a side; the search fails below


class Search(NamedTuple):
    """How far it goes."""

    finest: int  # halvings at which it ends
    steps: int  # of each patch
    stride: int  # pixels between patches


QUICK = Search(1, 6, 5)  # ends at half resolution; at a quarter it is worse than no flow at all on small frames
FINE = Search(0, 4, 6)  # two and a half times the time; three hundredths of a decibel more even where QUICK was learnt


def luma(rgb: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """What flow is measured on: grey [h, w] uint8 of RGB [h, w, 3] float32 in 0..1."""
    grey: npt.NDArray[np.uint8] = cv2.convertScaleAbs(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), alpha=255)
    return grey


class Flow:
    """Measures flow [h, w, 2] float32 in pixels (x, y): what `current` shows at p, `previous` shows at p + flow[p]."""

    def __init__(self, fine: bool = False) -> None:
        finest, steps, stride = FINE if fine else QUICK
        cv2.setNumThreads(1)  # more find the same, but spin while they wait, on cores that others could use
        self.search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self.search.setFinestScale(finest)
        self.search.setGradientDescentIterations(steps)
        self.search.setPatchStride(stride)

    def __call__(self, current: npt.NDArray[np.uint8], previous: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        height, width = current.shape
        below, right = max(0, LEAST - height), max(0, LEAST - width)
        if below or right:
            current, previous = (
                cv2.copyMakeBorder(x, 0, below, 0, right, cv2.BORDER_REPLICATE) for x in (current, previous)
            )
        found: npt.NDArray[np.float32] = self.search.calc(current, previous, None)
        return np.ascontiguousarray(found[:height, :width])
