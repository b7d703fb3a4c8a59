from dataclasses import replace

import cv2
import numpy as np
import pytest

from duf.data import ShardRecipe, augment, cut, film, layered, open_shard, sources, write_shard
from duf.errors import MediaError
from tests.duf import clips

SMALL = ShardRecipe(samples=4, size=16, frames=3)


def picture(seed: int, height: int = 200, width: int = 220) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX)


@pytest.fixture
def material(tmp_path):
    folder = tmp_path / "material"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), picture(1))
    clips.make(folder / "b.mp4", frames=8, size=(96, 80), cuts=(4,))
    return folder


def test_clips_are_cut_at_scene_changes(material):
    scenes, pictures = sources(material)
    assert [len(scene) for scene in scenes] == [4, 4]
    assert len(pictures) == 1


def test_a_folder_with_nothing_to_learn_from_is_refused(tmp_path):
    with pytest.raises(MediaError, match="no videos or pictures"):
        sources(tmp_path)


def test_a_shard_reads_as_it_was_written(material, tmp_path):
    written = write_shard(material, tmp_path / "shard", SMALL)
    shard = open_shard(tmp_path / "shard")
    assert shard.recipe == SMALL
    assert shard.hr.shape == (4, 3, 64, 64, 3) and shard.lr.shape == (4, 3, 16, 16, 3)
    assert shard.flow.shape == (4, 3, 16, 16, 2)
    assert np.array_equal(shard.hr, written.hr)
    assert shard.hr.std() > 10


def test_the_same_seed_makes_the_same_shard_and_another_does_not(material, tmp_path):
    shards = [
        write_shard(material, tmp_path / name, replace(SMALL, seed=seed))
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert np.array_equal(shards[0].hr, shards[1].hr)
    assert not np.array_equal(shards[0].hr, shards[2].hr)


def test_windows_are_chosen_where_something_moves():
    still = np.full((80, 400, 3), 90, np.uint8)
    clip = [still.copy() for _ in range(4)]
    for t, frame in enumerate(clip):
        frame[20:60, 300 + 8 * t : 340 + 8 * t] = 220
    rng = np.random.default_rng(4)
    moved = [np.ptp(np.stack(cut(clip, 64, 4, rng)), axis=0).max() > 0 for _ in range(40)]
    assert np.mean(moved) > 0.6  # windows in a row without choice meet it 3 times in 10


def test_a_camera_path_moves_the_picture_but_not_by_leaps():
    rng = np.random.default_rng(2)
    filmed = film(picture(1), 64, 6, rng)
    steps = [np.abs(a.astype(float) - b).mean() for a, b in zip(filmed, filmed[1:], strict=False)]
    assert 0 < max(steps) < 60


def test_a_layer_hides_what_is_behind_it_and_moves():
    rng = np.random.default_rng(6)
    made = layered(np.zeros((200, 200, 3), np.uint8), np.full((200, 200, 3), 255, np.uint8), 64, 6, rng)
    masks = [frame[..., 0] > 128 for frame in made]
    assert all(mask.any() and not mask.all() for mask in masks)
    assert (masks[0] != masks[-1]).any()


def test_augmentation_keeps_every_frame_and_pixel():
    clip = [np.full((8, 8, 3), i, np.uint8) for i in range(5)]
    seen = {tuple(frame[0, 0, 0] for frame in augment(clip, np.random.default_rng(seed))) for seed in range(20)}
    assert seen == {(0, 1, 2, 3, 4), (4, 3, 2, 1, 0)}
