"""Where a scene begins, decided for each frame from that frame and the ones before it alone."""

from collections import deque
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duf.media.frames import Plane

GRID = 64  # samples along the longer side of the little picture that is compared
MEMORY = 8  # frames whose usual change a cut has to stand out from
CHANGE = 0.2  # least change of a cut, 0 (same picture, whatever its brightness) to 2 (its negative)
STANDS_OUT = 4.0  # times the usual change
FLAT = 1.0  # variance, in squared 8 bit steps, under which a picture has no structure to compare


class SceneDetector:
    """Feed it the luma of every frame in order; the first frame begins a scene."""

    def __init__(self) -> None:
        self._last: NDArray[np.float32] | None = None
        self._changes: deque[float] = deque(maxlen=MEMORY)

    def is_cut(self, luma: Plane) -> bool:
        """Whether a scene begins with this frame, luma [h, w] of 8 or 10 bit."""
        little = _little(luma)
        last, self._last = self._last, little
        if last is None:
            return True
        change = 1.0 - _likeness(last, little)
        usual = median(self._changes) if self._changes else 0.0
        self._changes.append(change)
        return change > max(CHANGE, STANDS_OUT * usual)


def _little(luma: Plane) -> NDArray[np.float32]:
    """Averages of patches, [<= 64, <= 64] in 8 bit steps, from at most 4 samples a patch and side."""
    patch = max(1, max(luma.shape) // GRID)
    stride = max(1, patch // 4)
    size = max(1, patch // stride)
    columns = _sums(luma[::stride, ::stride], size).T
    sums = _sums(columns, size).T
    depth = 4 if luma.dtype == np.uint16 else 1
    return sums.astype(np.float32, "C") / np.float32(size * size * depth)


def _sums(rows: NDArray[Any], size: int) -> NDArray[np.uint32]:
    """Of every `size` rows, without those left over; of all if there are fewer."""
    used = min(size, len(rows))
    whole = rows[: len(rows) // used * used]
    total = whole[::used].astype(np.uint32)
    for row in range(1, used):
        total += whole[row::used]
    return total


def _likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Correlation, -1 to 1; flat pictures are like any other, so fades and black frames are no cuts."""
    x, y = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((x * x).mean() * (y * y).mean()))
    return (float((x * y).mean()) + FLAT) / (spread + FLAT)
