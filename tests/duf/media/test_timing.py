"""Times of frames: kept where they can be, repaired where they cannot."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from duf.media.timing import Stamp, Timed, timed

STEP, SECOND = 40, 1000  # 25 frames a second, in milliseconds


def settled(pts: Sequence[int | None], dts: Sequence[int | None] | None = None, last: int = 0) -> list[Timed[int]]:
    pairs = list(zip(pts, dts or [None] * len(pts), strict=True))
    stamps = [(Stamp(p, d, last if n == len(pairs) - 1 else 0), n) for n, (p, d) in enumerate(pairs)]
    return list(timed(stamps, STEP, SECOND))


def times(pts: Sequence[int | None], dts: Sequence[int | None] | None = None) -> list[int]:
    return [entry.pts for entry in settled(pts, dts)]


def repaired(pts: Sequence[int | None]) -> list[int]:
    return [entry.item for entry in settled(pts) if entry.repaired]


@pytest.mark.parametrize("pts", [[0, 40, 80], [5000, 5040], [-80, -40, 0], [0, 3, 900, 901, 60_000], [7]])
def test_honest_times_are_kept(pts: list[int]) -> None:
    assert times(pts) == pts
    assert repaired(pts) == []


def test_every_item_comes_back_in_order() -> None:
    assert [entry.item for entry in settled([0, None, 40, 40, 20, 80])] == [0, 1, 2, 3, 4, 5]


def test_a_missing_time_lies_between_its_neighbours() -> None:
    assert times([0, 40, None, 120, 160]) == [0, 40, 80, 120, 160]
    assert repaired([0, 40, None, 120, 160]) == [2]


def test_a_missing_first_time_comes_before_the_second() -> None:
    assert times([None, 200, 240]) == [160, 200, 240]


def test_without_any_times_frames_follow_at_the_average_rate() -> None:
    assert times([None, None, None]) == [0, 40, 80]


def test_a_doubled_time_moves_into_the_gap_behind_it() -> None:
    assert times([0, 40, 80, 80, 160]) == [0, 40, 80, 120, 160]


def test_a_backward_time_is_repaired_alone() -> None:
    assert times([0, 40, 80, 60, 160, 200]) == [0, 40, 80, 120, 160, 200]
    assert repaired([0, 40, 80, 60, 160, 200]) == [3]


def test_a_crowd_of_doubled_times_still_increases() -> None:
    found = times([0, 40, 40, 40, 41, 42, 200])
    assert all(a < b for a, b in zip(found, found[1:], strict=False))


def test_a_leap_that_the_next_frame_takes_back_is_an_outlier() -> None:
    assert times([0, 40, 9_000_000, 120, 160]) == [0, 40, 80, 120, 160]


def test_a_long_pause_is_not_an_outlier() -> None:
    assert times([0, 40, 60_000, 60_040]) == [0, 40, 60_000, 60_040]


def test_a_clock_that_begins_anew_goes_on() -> None:
    assert times([5000, 5040, 5080, 0, 40, 80]) == [5000, 5040, 5080, 5120, 5160, 5200]
    assert repaired([5000, 5040, 5080, 0, 40, 80]) == [3, 4, 5]


def test_dts_helps_where_pts_keeps_running_backwards() -> None:
    assert times([1, 3, 2, 1, 2, 1, 2], [0, 40, 80, 120, 160, 200, 240])[-1] == 240


def test_absurd_times_count_as_missing() -> None:
    assert times([0, 1 << 62, 80]) == [0, 40, 80]


def test_a_duration_reaches_to_the_next_frame() -> None:
    assert [entry.duration for entry in settled([0, 40, 500, 510], last=90)] == [40, 460, 10, 90]


def test_the_last_frame_lasts_as_usual_where_nothing_is_said() -> None:
    assert settled([0, 40])[-1].duration == STEP


def test_the_same_times_come_out_however_far_the_stream_is_read() -> None:
    pts: list[int | None] = [0, 40, 40, None, 20, 200, 9_000_000, 280, 320, 0, 40, 80, 120]
    whole = times(pts)
    for length in range(3, len(pts)):
        assert times(pts[:length])[:-2] == whole[: length - 2]
