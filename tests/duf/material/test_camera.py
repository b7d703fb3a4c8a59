import numpy as np
import pytest

from duf.material.camera import draw_path, film
from tests.duf.material.made import picture

BLACK, WHITE = np.zeros((200, 200, 3), np.uint8), np.full((200, 200, 3), 255, np.uint8)


def test_a_camera_path_moves_the_picture_but_not_by_leaps():
    filmed = film([picture(1)], 64, 6, 0.0, 0.0, np.random.default_rng(2))
    steps = [np.abs(a.astype(float) - b).mean() for a, b in zip(filmed, filmed[1:], strict=False)]
    assert 0 < max(steps) < 60


def test_a_layer_hides_what_is_behind_it_and_moves():
    made = film([BLACK, WHITE], 64, 6, 0.0, 0.0, np.random.default_rng(6))
    masks = [frame[..., 0] > 128 for frame in made]
    assert all(mask.any() and not mask.all() for mask in masks)
    assert (masks[0] != masks[-1]).any()


def test_a_layers_texture_moves_with_its_edge():
    halves = np.zeros((200, 200, 3), np.uint8)
    halves[:, :100], halves[:, 100:] = (255, 0, 0), (0, 255, 0)
    made = film([BLACK, halves], 64, 8, 0.0, 0.0, np.random.default_rng(9))
    shares = [(frame[..., 0] > 128).sum() / max(1, (frame.max(-1) > 128).sum()) for frame in made]
    assert np.ptp(shares) < 0.25


def test_motion_blur_softens_what_moves():
    sharp, blurred = (film([picture(1)], 64, 6, blur, 0.0, np.random.default_rng(3)) for blur in (0.0, 1.0))
    assert np.std(np.diff(blurred[3].astype(float), axis=1)) < np.std(np.diff(sharp[3].astype(float), axis=1))


@pytest.mark.parametrize("readout", [0.0, 0.8])
def test_a_rolling_shutter_takes_the_last_row_later(readout):
    path = draw_path(picture(1), 8, readout, np.random.default_rng(2))
    first, last = (path.at(3.0, 64) @ (0, y, 1) for y in (0, 64))
    still = draw_path(picture(1), 8, 0.0, np.random.default_rng(2)).at(3.0, 64)
    moved = (last - first) - (still @ (0, 64, 1) - still @ (0, 0, 1))
    assert moved == pytest.approx(path.pan(3.0 + readout) - path.pan(3.0))


def test_frames_lie_along_one_path():
    path = draw_path(picture(1), 8, 0.0, np.random.default_rng(5))
    assert path.at(4.0, 64) @ (32, 32, 1) == pytest.approx(path.centre + path.shake[4])
