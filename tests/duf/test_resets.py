from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from duf.errors import ModelError
from duf.resets import Reach, needed, pictures, run_starts
from duf.upscaler import Rgb

REACHES = [Reach(0, 0, 5), Reach(3, 0, 5), Reach(2, 2, 4), Reach(0, 1, 0), Reach(7, 3, 4), Reach(4, 0, 0)]
CUTS = np.zeros(31, np.bool_)
CUTS[[0, 7, 8, 20]] = True


@dataclass
class Still:
    ordinal: int
    cut: bool


def frames(first: int = 0, last: int = len(CUTS)) -> Iterator[Still]:
    return (Still(n, bool(CUTS[n])) for n in range(first, last))


def remembering(future: int) -> "type[Remembering]":
    return type("Toy", (Remembering,), {"future": future})


class Remembering:
    """A picture is the whole story of what it was made from: every frame so far and `future` frames on."""

    future = 0

    def __init__(self) -> None:
        self.held = 0

    def __call__(self, coming: Iterable[Still]) -> Iterator[Rgb]:
        fed: list[int] = []
        given = 0
        for frame in coming:
            fed.append(frame.ordinal)
            if len(fed) > self.future:
                yield self.told(fed[: given + 1 + self.future])
                given += 1
        for n in range(given, len(fed)):
            yield self.told(fed[: n + 1 + self.future])

    def told(self, story: list[int]) -> Rgb:
        return np.array(story, np.float32)


def stories(reach: Reach, start: int = 0, stop: int | None = None, first: int = 0, last: int = len(CUTS)) -> list[str]:
    toy = remembering(reach.future)()
    made = pictures(frames(first, last), toy, reach, start, stop)
    return [f"{frame.ordinal}: {picture.astype(int).tolist()}" for frame, picture in made]


@pytest.mark.parametrize("reach", REACHES)
def test_every_frame_gets_one_picture_in_order(reach: Reach) -> None:
    assert [int(story.split(":")[0]) for story in stories(reach)] == list(range(len(CUTS)))


@pytest.mark.parametrize("reach", REACHES)
def test_segments_give_the_very_pictures_of_one_stream(reach: Reach) -> None:
    whole, starts = stories(reach), [*run_starts(CUTS, reach.reset_every), len(CUTS)]
    for step in (1, 2, 3):
        bounds = sorted({*starts[::step], len(CUTS)})
        parts = [stories(reach, a, b, *needed(CUTS, a, b, reach)) for a, b in pairwise(bounds)]
        assert sum(parts, []) == whole


@pytest.mark.parametrize("reach", REACHES)
def test_a_stretch_that_ends_inside_a_run_gives_the_same_pictures(reach: Reach) -> None:
    whole = stories(reach)
    for stop in range(9, 20):
        assert stories(reach, 8, stop, *needed(CUTS, 8, stop, reach)) == whole[8:stop]


def test_a_run_sees_its_past_and_future_but_never_across_a_cut() -> None:
    told = stories(Reach(past=3, future=2, reset_every=5))
    assert told[0] == "0: [0, 1, 2]"
    assert told[6] == "6: [2, 3, 4, 5, 6]"  # a run began at 5, was fed from 2; frame 7 is a cut
    assert told[7] == "7: [7]"
    assert told[13] == "13: [10, 11, 12, 13, 14, 15]"


def test_runs_start_at_cuts_and_every_so_many_frames() -> None:
    assert run_starts(CUTS, 5) == [0, 5, 7, 8, 13, 18, 20, 25, 30]
    assert run_starts(CUTS, 0) == [0, 7, 8, 20]
    assert run_starts(np.array([True]), 5) == [0]


def test_few_frames_are_held() -> None:
    alive: list[int] = []

    class Counted(Still):
        def __init__(self, n: int) -> None:
            super().__init__(n, n == 0)
            alive.append(1)

        def __del__(self) -> None:
            alive.pop()

    reach = Reach(past=6, future=2, reset_every=0)

    def blank(coming: Iterable[Still]) -> Iterator[Rgb]:
        return (np.zeros(1, np.float32) for _ in coming)

    most = 0
    for _ in pictures((Counted(n) for n in range(300)), blank, reach):
        most = max(most, len(alive))
    assert most <= 12


def test_a_clip_without_frames_gives_no_picture() -> None:
    assert list(pictures(iter(()), Remembering(), Reach(1, 1, 1))) == []


def test_a_model_that_gives_too_few_pictures_is_told() -> None:
    with pytest.raises(ModelError, match="fewer pictures"):
        list(pictures(frames(), lambda coming: iter([np.zeros(1, np.float32) for _ in coming][1:]), Reach(0, 0, 5)))
