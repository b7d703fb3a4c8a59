from dataclasses import replace

import numpy as np
import pytest

from duf.errors import MediaError
from duf.material import samples
from duf.material.degradation import Degradation
from duf.material.footage import Material
from duf.material.samples import ShardRecipe, block, draw_degradation, place, squeeze, take, turned, usable
from tests.duf.material.made import picture

SMALL = ShardRecipe(samples=6, size=16, frames=3)


def scene(frames: int = 24, height: int = 96, width: int = 112) -> np.ndarray:
    """A grey picture that pans by a pixel a frame."""
    wide = np.repeat(picture(1, height, width + frames)[..., :1], 3, -1)
    return np.stack([wide[:, t : t + width] for t in range(frames)])


def test_turning_keeps_every_frame_and_pixel():
    clip = [np.full((8, 8, 3), i, np.uint8) for i in range(5)]
    seen = {tuple(int(frame[0, 0, 0]) for frame in turned(clip, np.random.default_rng(seed))) for seed in range(20)}
    assert seen == {(0, 1, 2, 3, 4), (4, 3, 2, 1, 0)}


def test_pictures_are_turned_all_eight_ways():
    corner = np.arange(16, dtype=np.uint8).reshape(4, 4, 1).repeat(3, -1)
    ways = {turned([corner], np.random.default_rng(seed))[0][..., 0].tobytes() for seed in range(100)}
    assert len(ways) == 8


@pytest.mark.parametrize(("length", "strides"), [(3, {1}), (5, {1, 2}), (24, {1, 2, 3})])
def test_frames_are_one_to_three_apart_where_the_scene_is_long_enough(length, strides):
    numbered = np.zeros((length, 16, 16, 3), np.uint8) + np.arange(length, dtype=np.uint8)[:, None, None, None]
    taken = [take(numbered, 3, 3, 4, np.random.default_rng(seed)) for seed in range(60)]
    assert {abs(int(t[1][0, 0, 0]) - int(t[0][0, 0, 0])) for t in taken} == strides
    assert {len(t) for t in taken} == {3}


def test_shares_are_what_the_recipe_says():
    rng, recipe = np.random.default_rng(1), ShardRecipe(corner=0.7, bicubic=0.2, lanczos=0.1, noise=0.3, h264=0.4)
    ways = [draw_degradation(recipe, rng) for _ in range(3000)]
    shares = {
        "corner": np.mean([w.phase == "corner" for w in ways]),
        "bicubic": np.mean([w.resize == "bicubic" for w in ways]),
        "lanczos": np.mean([w.resize == "lanczos" for w in ways]),
        "noise": np.mean([w.noise > 0 for w in ways]),
        "h264": np.mean([w.crf is not None for w in ways]),
    }
    assert shares == pytest.approx({name: getattr(recipe, name) for name in shares}, abs=0.04)
    assert {w.crf for w in ways} == {None, *range(16, 36)}


def test_a_recipe_of_before_means_the_paper_at_the_corner_and_area_at_the_centre():
    rng = np.random.default_rng(1)
    ways = {draw_degradation(ShardRecipe(), rng) for _ in range(50)}
    assert ways == {Degradation("paper", "corner"), Degradation("area", "centre")}


@pytest.mark.parametrize("window", samples.WINDOWS)
def test_windows_lie_on_the_low_resolution_grid(window):
    rng, recipe = np.random.default_rng(1), replace(SMALL, window=window)
    places = {place(list(scene()[:3]), recipe, rng) for _ in range(20)}
    assert all(y % 4 == 0 and x % 4 == 0 and 0 <= y <= 32 and 0 <= x <= 48 for y, x in places)
    assert (len(places) == 1) == (window == "centre")


@pytest.mark.parametrize("seed", range(6))
def test_a_window_of_a_compressed_scene_shows_what_its_truth_shows(seed):
    recipe = replace(SMALL, h264=1.0, crf_least=16, crf_most=16, corner=0.0)
    squeezed = squeeze([scene()], recipe, np.random.default_rng(seed))
    assert len(squeezed.hr) > 6
    sample = squeezed.sample(recipe, np.random.default_rng(seed))
    clean = Degradation("area", "centre")(list(sample.hr), 4, np.random.default_rng(1))
    assert 0 < np.abs(sample.lr.astype(int) - clean).mean() < 6
    away = np.abs(np.roll(sample.lr, 1, 2).astype(int) - clean)[:, 2:-2, 2:-2].mean()
    assert away > 2 * np.abs(sample.lr.astype(int) - clean)[:, 2:-2, 2:-2].mean()


def test_a_block_compresses_one_stretch_for_all_its_samples(monkeypatch):
    calls = []
    monkeypatch.setattr(samples, "squeeze", lambda *args: calls.append(1) or squeeze(*args))
    made = list(block(Material([scene()], []), replace(SMALL, h264=1.0), 0))
    assert [n for n, _ in made] == list(range(6)) and len(calls) == 1
    assert len({sample.hr.tobytes() for _, sample in made}) > 1


def test_pictures_in_motion_are_compressed_after_a_lead_in():
    material = Material([], [picture(1), picture(2)])
    squeezed = [sample for _, sample in block(material, replace(SMALL, h264=1.0, corner=1.0), 0)]
    for sample in squeezed:
        clean = Degradation("paper", "corner")(list(sample.hr), 4, np.random.default_rng(1))
        assert sample.hr.shape == (3, 64, 64, 3) and sample.lr.shape == (3, 16, 16, 3)
        assert 0 < np.abs(sample.lr.astype(int) - clean).mean() < 25


def test_a_clip_that_is_too_short_or_too_small_is_left_out():
    found = Material([scene(), scene(2), scene(24, 60, 112)], [])
    assert len(usable(found, SMALL).scenes) == 1
    with pytest.raises(MediaError, match="64 pixels high and wide and 3 frames long"):
        usable(Material([scene(2)], []), SMALL)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"window": "left"}, "choose one of motion"),
        ({"bicubic": 0.7, "lanczos": 0.7}, "more than 1"),
        ({"h264": 0.5, "size": 15}, "even size"),
    ],
)
def test_a_recipe_that_cannot_be_made_is_refused(wrong, words):
    with pytest.raises(MediaError, match=words):
        ShardRecipe(**wrong)
