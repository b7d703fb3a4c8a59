from dataclasses import replace

import numpy as np
import pytest

from duf.material import motion
from duf.training.recipe import read_recipe
from duf.training.runs import recipe_file
from tests.duf.material.made import picture


def scene(shift: int, height: int = 160, width: int = 400) -> list[np.ndarray]:
    """A textured square of 64 pixels moves to the right over a plain ground."""
    frames = []
    for t in range(2):
        frame = np.full((height, width, 3), 90, np.uint8)
        frame[48:112, 280 + shift * t : 344 + shift * t] = picture(3, 64, 64)
        frames.append(frame)
    return frames


def test_the_best_window_holds_what_moves():
    best = motion.ranked(*scene(8), 64, 4, 3)[0]
    assert abs(best.y - 48) <= 24 and abs(best.x - 284) <= 24
    assert best.motion > 0.9 * max(window.motion for window in motion.ranked(*scene(8), 64, 4, 3))


def test_windows_are_ranked_and_do_not_overlap():
    windows = motion.ranked(*scene(8), 64, 4, 5)
    assert [w.score for w in windows] == sorted((w.score for w in windows), reverse=True)
    for i, a in enumerate(windows):
        assert all(abs(a.y - b.y) >= 64 or abs(a.x - b.x) >= 64 for b in windows[:i])


def test_texture_that_moves_counts_more_than_texture_that_stands():
    still = np.concatenate([frame := scene(0)[0], frame], 1)
    moved = np.concatenate([frame, scene(8)[1]], 1)
    assert motion.ranked(still, moved, 64, 4, 1)[0].x > 400


def test_picked_windows_lie_on_the_grid_and_vary():
    rng = np.random.default_rng(4)
    places = {motion.pick(*scene(8), 64, 4, rng) for _ in range(20)}
    assert len(places) > 5
    assert all(y % 4 == 0 and x % 4 == 0 and y + 64 <= 160 and 200 < x < 360 for y, x in places)


@pytest.mark.parametrize("side", [16, 64])
def test_a_mean_is_of_the_window_that_begins_there(side):
    values = np.random.default_rng(1).random((64, 90)).astype(np.float32)
    found = motion.means(values, side)
    assert found.shape == (64 - side + 1, 90 - side + 1)
    assert found[0, 7] == pytest.approx(values[:side, 7 : 7 + side].mean(), rel=1e-4)
    assert found[-1, -1] == pytest.approx(values[-side:, -side:].mean(), rel=1e-4)


def test_windows_are_drawn_on_a_copy():
    frame = scene(8)[1]
    before = frame.copy()
    drawn = motion.draw(frame, motion.ranked(*scene(8), 64, 4, 2))
    assert drawn.shape == frame.shape and (drawn != frame).any() and np.array_equal(frame, before)


def test_the_runs_that_compare_windows_differ_in_nothing_else():
    found, centre = (read_recipe(recipe_file(f"ablation-windows-{name}")) for name in ("motion", "centre"))
    assert replace(found, shard=replace(found.shard, window="centre")) == centre != found
