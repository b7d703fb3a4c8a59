"""When each frame is shown: missing, doubled and backward timestamps repaired, durations found.

The repair looks one frame ahead and never further, so a stream and a whole file give the same times.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

WILD = 1 << 60  # ticks; no honest timestamp is as large
OUTLIER = 8  # steps: a leap this far ahead that the next frame takes back is a fault of this frame alone


@dataclass(frozen=True)
class Stamp:
    """What a decoder says of a frame, in ticks."""

    pts: int | None
    dts: int | None = None
    duration: int = 0


@dataclass(frozen=True)
class Timed(Generic[T]):
    """An item with its time. `repaired`: the time is not the one that the file gives."""

    item: T
    pts: int
    duration: int
    repaired: bool


def timed(items: Iterable[tuple[Stamp, T]], step: int, second: int) -> Iterator[Timed[T]]:
    """Give every item a strictly increasing pts and the duration until the next one.

    step: ticks of a frame at the average rate; second: ticks of one second.
    """
    held: tuple[Stamp, T, int, bool] | None = None
    for stamp, item, pts, repaired in _settled(items, _Clock(step, second)):
        if held:
            yield Timed(held[1], held[2], pts - held[2], held[3])
        held = stamp, item, pts, repaired
    if held:
        yield Timed(held[1], held[2], held[0].duration if 0 < held[0].duration < WILD else step, held[3])


def _settled(items: Iterable[tuple[Stamp, T]], clock: "_Clock") -> Iterator[tuple[Stamp, T, int, bool]]:
    guess = _Guess()
    held: tuple[Stamp, T, int | None] | None = None
    for stamp, item in items:
        raw = guess.time(stamp)
        if held:
            yield *held[:2], *clock.settle(held[2], raw)
        held = stamp, item, raw
    if held:
        yield *held[:2], *clock.settle(held[2], None)


class _Guess:
    """Choose between pts and dts as FFmpeg does: dts once pts ran backwards more often."""

    def __init__(self) -> None:
        self.last_pts = self.last_dts = -WILD
        self.faulty_pts = self.faulty_dts = 0

    def time(self, stamp: Stamp) -> int | None:
        pts, dts = _sane(stamp.pts), _sane(stamp.dts)
        if dts is not None:
            self.faulty_dts += dts <= self.last_dts
            self.last_dts = dts
        if pts is not None:
            self.faulty_pts += pts <= self.last_pts
            self.last_pts = pts
        trusted = pts is not None and (dts is None or self.faulty_pts <= self.faulty_dts)
        return pts if trusted else dts


def _sane(ticks: int | None) -> int | None:
    return ticks if ticks is not None and abs(ticks) < WILD else None


class _Clock:
    def __init__(self, step: int, second: int) -> None:
        self.nominal, self.second = max(1, step), second
        self.step = self.nominal  # between the last two good frames
        self.last: int | None = None
        self.shift = 0  # grows where the file's clock starts anew

    def settle(self, raw: int | None, following: int | None) -> tuple[int, bool]:
        """The time of the frame stamped `raw`, given the next one's stamp, and whether it is a repair."""
        own = None if raw is None else raw + self.shift
        after = None if following is None else following + self.shift
        if self.last is None:
            return self._first(own, after)
        if own is not None and after is not None and self._begins_anew(own, after, self.last):
            leap = self.last + self._usual - own
            self.shift, own, after = self.shift + leap, own + leap, after + leap
        if own is None or own <= self.last or self._is_outlier(own, after, self.last):
            self.last = self._between(after, self.last)
            return self.last, True
        self.step, self.last = own - self.last, own
        return own, self.shift != 0

    def _first(self, own: int | None, after: int | None) -> tuple[int, bool]:
        self.last = own if own is not None else 0 if after is None else after - self.nominal
        return self.last, own is None

    def _begins_anew(self, own: int, after: int, last: int) -> bool:
        return own < last - self.second and after < last

    def _is_outlier(self, own: int, after: int | None, last: int) -> bool:
        return after is not None and last < after < own and own - last > OUTLIER * self._usual

    def _between(self, after: int | None, last: int) -> int:
        if after is None or after <= last:
            return last + self._usual
        return last + max(1, min(self._usual, (after - last) // 2))

    @property
    def _usual(self) -> int:
        return min(self.step, self.nominal)
