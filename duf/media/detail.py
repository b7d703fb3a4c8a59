"""How fine the detail of a clip is, seen in the spectrum of a few of its pictures.

What falls off a cliff on the way to the finest detail was enlarged before, or is out of focus. Compression fills the
cliff with its own noise, so the harder an enlarged clip was compressed, the less often it is known for one; the bounds
are such that clips as they were recorded are not taken for enlarged ones.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from duf.media.facts import DEFAULT_LIMITS, Limits
from duf.media.frames import Index, Plane
from duf.media.reader import read
from duf.media.source import Source

Floats = NDArray[np.float32]

TILE = 256  # samples a side of what one spectrum is taken of
SMALLEST = 64
POINTS = (1 / 4, 1 / 2, 3 / 4)  # of the clip
# Bounds of the rings that are compared, as shares of the finest frequency; tenths of it.
COARSE, MIDDLE, FINE = (0.1, 0.2), (0.3, 0.4), (0.7, 0.8)
FLAT = 1.0  # grey levels; what varies less has nothing to be seen in it
SOFT, CLIFF = -33.0, 19.0  # dB
SHARP = -23.0  # dB


@dataclass(frozen=True)
class Detail:
    """Of a clip, in dB. `fine`: the finest detail against the coarse; `drop`: by how much the middle is above it."""

    fine: float
    drop: float

    @property
    def is_soft(self) -> bool:
        """Whether there is nothing of the size of a pixel in it."""
        return self.fine <= SOFT or self.drop >= CLIFF

    @property
    def is_sharp(self) -> bool:
        """Whether its pixels are used up to the last."""
        return self.fine >= SHARP

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


def detail_of(path: Source, index: Index, limits: Limits = DEFAULT_LIMITS) -> Detail | None:
    """The median of some pictures; None where there is nothing to be seen. Raises MediaError."""
    found = []
    for at in sorted({int(len(index) * point) for point in POINTS}):
        with closing(read(path, limits, at, at + 1, index)) as frames:
            found += [detail for frame in frames if (detail := seen_in(frame.planes[0]))]
    if not found:
        return None
    return Detail(median(detail.fine for detail in found), median(detail.drop for detail in found))


def seen_in(luma: Plane) -> Detail | None:
    """Of one picture, Y [h, w]."""
    side = min(TILE, *luma.shape) // 2 * 2
    if side < SMALLEST:
        return None
    grey: Floats = luma.astype(np.float32) / np.float32(4 if luma.dtype == np.uint16 else 1)
    tiles = [tile - tile.mean() for tile in _tiles(grey, side)]
    textured = [tile for tile in tiles if tile.std() > FLAT]
    if not textured:
        return None
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    power = np.mean([np.abs(np.fft.fft2(tile * window)) ** 2 for tile in textured], axis=0)
    coarse, middle, fine = (_ring(power, *bounds) for bounds in (COARSE, MIDDLE, FINE))
    return Detail(fine - coarse, middle - fine)


def _tiles(grey: Floats, side: int) -> Iterator[Floats]:
    """Three by three of them, spread evenly."""
    tops, lefts = (np.unique(np.linspace(0, length - side, 3).astype(int)) for length in grey.shape)
    for top in tops:
        for left in lefts:
            yield grey[top : top + side, left : left + side]


def _ring(power: NDArray[Any], low: float, high: float) -> float:
    """Mean power of the frequencies whose larger part is between `low` and `high` of the finest one, in dB."""
    part = np.abs(np.fft.fftfreq(len(power))) * 2
    larger = np.maximum(part[:, None], part[None])
    return float(10 * np.log10(power[(larger >= low) & (larger < high)].mean() + 1e-9))
