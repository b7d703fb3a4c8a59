"""Where a model starts anew.

A run starts at every cut and, inside a scene, every `reset_every` frames after the scene's start. It is fed up to
`past` frames before its own and up to `future` after them, never across a cut; what comes out for those is dropped. So
a picture depends on nothing but the frames around it, however the clip was cut into segments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from duf.errors import ModelError


class Placed(Protocol):
    """What a frame has to tell about its place in the clip."""

    @property
    def ordinal(self) -> int: ...
    @property
    def cut(self) -> bool: ...


F = TypeVar("F", bound=Placed)
P = TypeVar("P")  # a picture, in whatever form the model gives it


class Reach(NamedTuple):
    """How far a model sees, in frames."""

    past: int  # history fed before a run
    future: int  # look-ahead fed after it
    reset_every: int  # the longest run; 0: as long as the scene


def run_starts(cuts: NDArray[np.bool_], reset_every: int) -> list[int]:
    """The first frame of every run of a clip with these cuts."""
    scenes = [*np.flatnonzero(cuts).tolist(), len(cuts)]
    step = reset_every or max(1, len(cuts))
    return [start for a, b in zip(scenes, scenes[1:], strict=False) for start in range(a, b, step)]


def run_bounds(cuts: NDArray[np.bool_], reset_every: int) -> set[int]:
    """Where runs begin and end."""
    return {*run_starts(cuts, reset_every), len(cuts)}


def run_of(cuts: NDArray[np.bool_], reset_every: int, frame: int) -> int:
    """The first frame of the run that a frame lies in."""
    scene = int(np.flatnonzero(cuts[: frame + 1])[-1])
    return frame - (frame - scene) % reset_every if reset_every else scene


def needed(cuts: NDArray[np.bool_], start: int, stop: int, reach: Reach) -> tuple[int, int]:
    """The frames [first, last) that the pictures of [start, stop) depend on; `start` begins a run."""
    scenes = np.flatnonzero(cuts)
    after = scenes[scenes >= stop]
    end = int(after[0]) if after.size else len(cuts)
    return first_fed(cuts, start, reach.past), min(end, stop + reach.future)


def first_fed(cuts: NDArray[np.bool_], start: int, past: int) -> int:
    """The first frame that a model sees for a run from `start` on."""
    return max(int(np.flatnonzero(cuts[: start + 1])[-1]), start - past)


def pictures(
    frames: Iterable[F],
    upscale: Callable[[Iterable[F]], Iterator[P]],
    reach: Reach,
    start: int = 0,
    stop: int | None = None,
) -> Generator[tuple[F, P], None, None]:
    """Each frame of [start, stop) with its picture, in order, holding only the few frames still needed.

    `upscale` takes frames and gives one picture a frame, from a blank memory.
    `frames` may begin before `start` with the history that `needed` asks for; `start` must begin a run.
    """
    window = _Window(frames)
    scene = window.first
    while (stop is None or start < stop) and (head := window.get(start)) is not None:
        scene = start if head.cut else scene
        run = _Run(window, scene, start, reach)
        for frame, picture in run.pictures(upscale):
            if frame.ordinal == stop:
                return
            yield frame, picture
        start = run.end


class _Window(Generic[F]):
    """The part of a stream that is still needed, by ordinal."""

    def __init__(self, frames: Iterable[F]) -> None:
        self._coming = iter(frames)
        self._held = deque(frame for frame in [next(self._coming, None)] if frame is not None)
        self.first = self._held[0].ordinal if self._held else 0

    def get(self, ordinal: int) -> F | None:
        """A frame not yet forgotten, read when first asked for; None after the last."""
        while ordinal >= self.first + len(self._held):
            frame = next(self._coming, None)
            if frame is None:
                return None
            self._held.append(frame)
        return self._held[ordinal - self.first]

    def forget(self, before: int) -> None:
        while self.first < before and self._held:
            self._held.popleft()
            self.first += 1


class _Run(Generic[F]):
    """One run: its frames are [start, end), and `end` is known once they have been fed."""

    def __init__(self, window: _Window[F], scene: int, start: int, reach: Reach) -> None:
        self.window, self.reach = window, reach
        self.lead = max(scene, start - reach.past)
        self.start = self.end = start

    def pictures(self, upscale: Callable[[Iterable[F]], Iterator[P]]) -> Iterator[tuple[F, P]]:
        done = self.start
        for ordinal, picture in enumerate(upscale(self._feed()), self.lead):
            if ordinal >= self.start:
                frame = self.window.get(ordinal)
                if ordinal >= self.end or frame is None:
                    break
                yield frame, picture
                done = ordinal + 1
            self.window.forget(ordinal + 1 - self.reach.past)
        if done < self.end:
            raise ModelError("The model gave fewer pictures than it was fed; import it again or choose another model.")

    def _feed(self) -> Iterator[F]:
        for ordinal in range(self.lead, self.start):
            frame = self.window.get(ordinal)
            assert frame is not None  # read before the run's first
            yield frame
        while (frame := self.window.get(self.end)) is not None and self._owns(frame):
            self.end += 1
            yield frame
        yield from self._look_ahead(self.end)

    def _owns(self, frame: F) -> bool:
        length = frame.ordinal - self.start
        return length == 0 or not (frame.cut or length == self.reach.reset_every)

    def _look_ahead(self, end: int) -> Iterator[F]:
        for ordinal in range(end, end + self.reach.future):
            frame = self.window.get(ordinal)
            if frame is None or frame.cut:
                return
            yield frame
