"""One decoded frame, and the index of all of a file's frames."""

import json
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

MICROSECOND = 1e-6  # by which a time that was written down may be off

Plane = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Frame:
    """A picture in the clip's working format, in coded orientation.

    planes: Y [h, w], U and V [(h + 1) // 2, (w + 1) // 2], uint8 or (10 bit) uint16.
    pts, duration: in units of the clip's time base. ordinal: 0 for the file's first frame.
    cut: whether a scene begins here. crc: crc32 of the planes' bytes, Y then U then V.
    """

    planes: tuple[Plane, Plane, Plane]
    pts: int
    duration: int
    ordinal: int
    cut: bool
    crc: int


@dataclass(frozen=True)
class Index:
    """Every frame of a file, found by decoding all of it. One entry a frame in each array."""

    pts: NDArray[np.int64]
    duration: NDArray[np.int64]
    crc: NDArray[np.uint32]
    cuts: NDArray[np.bool_]
    repaired: int = 0  # frames whose timestamps were missing, doubled or ran backwards
    damaged: int = 0  # packets that could not be decoded
    resized: int = 0  # frames that came in another size and were scaled to the first one's
    deinterlaced: int = 0  # frames that went through the deinterlacer
    notes: list[str] = field(default_factory=list)  # the same as sentences

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def span(self) -> int:
        """From the first frame's pts to the end of the last one, in units of the clip's time base."""
        return int(self.pts[-1] + self.duration[-1] - self.pts[0])

    def between(self, tick: Fraction, start: float, end: float | None) -> tuple[int, int]:
        """The frames [first, stop) that begin at start <= seconds < end, counted from the first one; perhaps none."""
        begins = (self.pts - self.pts[0]) * float(tick)
        last = begins[-1] + 1 if end is None else end
        first, stop = np.searchsorted(begins, [start - MICROSECOND, last - MICROSECOND]).tolist()
        return first, max(first, stop)

    def save(self, path: Path) -> None:
        """Write a `.npz` that holds no pickle."""
        with path.open("wb") as file:
            facts = np.array(json.dumps(self._facts()))
            np.savez_compressed(file, facts=facts, pts=self.pts, duration=self.duration, crc=self.crc, cuts=self.cuts)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. Raises OSError, KeyError or ValueError if it is something else."""
        with np.load(path, allow_pickle=False) as stored:
            facts: dict[str, Any] = json.loads(str(stored["facts"]))
            return cls(pts=stored["pts"], duration=stored["duration"], crc=stored["crc"], cuts=stored["cuts"], **facts)

    def _facts(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("repaired", "damaged", "resized", "deinterlaced")}
        return {**counts, "notes": self.notes}
