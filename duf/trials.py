"""A second of work at three points of a clip: how fast it goes here, and how large it comes out."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import av

from duf.media.frames import Index
from duf.pipeline import Loaded, Made, Work, encode, made_of
from duf.resets import first_fed

POINTS = (1 / 6, 1 / 2, 5 / 6)  # of the clip
SECOND = 1.0  # of work at a point, once the first picture is there
FEWEST = 24  # pictures at a point, so that those between key frames are seen as well,
LONGEST = 4.0  # but no longer than this many seconds
ENOUGH = 20.0  # seconds after which no further picture or point is tried


@dataclass(frozen=True)
class Point:
    """What was measured at one point of a clip."""

    frames: int
    lead: float  # seconds to open and to seek: until the first picture, less what it takes to see the frames before it
    pace: float  # seconds a picture from the first on, encoded
    keys: int  # key frames among them
    key_bytes: int  # of all key frames
    other_bytes: int  # of all others

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


def tried(work: Work, model: Loaded, index: Index, scratch: Path) -> Generator[Point, None, None]:
    """Measure at up to three points of an indexed clip; `scratch` is written and removed. Raises DufError."""
    begun = time.monotonic()
    for start in starts(len(index)):
        yield _point(work, model, index, start, scratch)
        if time.monotonic() - begun > ENOUGH:
            return


def starts(frames: int) -> list[int]:
    """The first frames of the points, as few as do not overlap."""
    if frames <= FEWEST:
        return [0]
    return sorted({min(int(frames * point), frames - FEWEST) for point in POINTS})


def _point(work: Work, model: Loaded, index: Index, start: int, scratch: Path) -> Point:
    clock = _Clock(made_of(work, model, index, start, len(index)))
    try:
        encode(clock.for_a_second(), work, scratch, None)
        end = time.monotonic()
        keys, others = packet_sizes(scratch)
    finally:
        scratch.unlink(missing_ok=True)
    pace = (end - clock.first) / clock.frames if clock.frames > 1 else end - clock.begun
    before = start - first_fed(index.cuts, start, model.reach.past)
    lead = max(0.0, clock.first - clock.begun - before * pace)
    return Point(clock.frames, lead, pace, len(keys), sum(keys), sum(others))


class _Clock:
    """Lets pictures through for about a second; a single one where that takes too long."""

    def __init__(self, made: Made) -> None:
        self._made = made
        self.frames = 0
        self.begun = self.first = time.monotonic()  # when the first picture came

    def for_a_second(self) -> Made:
        with closing(self._made) as made:
            for self.frames, item in enumerate(made, 1):
                if self.frames == 1:
                    self.first = time.monotonic()
                yield item
                if self._is_enough(time.monotonic() - self.first):
                    return

    def _is_enough(self, seconds: float) -> bool:
        too_slow = self.first - self.begun > ENOUGH
        return too_slow or seconds >= (SECOND if self.frames >= FEWEST else LONGEST)


def packet_sizes(segment: Path) -> tuple[list[int], list[int]]:
    """Bytes of each key frame and of each other frame of a file that we wrote."""
    sizes: tuple[list[int], list[int]] = ([], [])
    with av.open(str(segment), format="nut") as container:
        for packet in container.demux(video=0):
            if packet.size:  # the last one only says that there are no more
                sizes[not packet.is_keyframe].append(packet.size)
    return sizes
