import numpy as np
import pytest

from duf.upscaler import bicubic, lanczos


def smooth(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    wave = 0.5 + 0.3 * np.sin(x / 6) * np.cos(y / 5)
    return np.repeat(wave[..., None], 3, -1).astype(np.float32)


@pytest.mark.parametrize("make", [bicubic, lanczos])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_one_picture_per_frame_of_the_right_size(make, scale):
    pictures = list(make(scale).upscale([smooth(10, 14)] * 3))
    assert [p.shape for p in pictures] == [(10 * scale, 14 * scale, 3)] * 3


@pytest.mark.parametrize("make", [bicubic, lanczos])
def test_corner_sampling_gives_the_samples_back_on_the_grid(make):
    frame = smooth(12, 16)
    (picture,) = make(4, "corner").upscale([frame])
    assert picture[::4, ::4] == pytest.approx(frame, abs=1e-5)


def test_centred_sampling_keeps_the_middle_of_the_picture_in_the_middle():
    frame = smooth(12, 16)
    (picture,) = bicubic(4).upscale([frame])
    assert picture[::-1, ::-1] == pytest.approx(next(bicubic(4).upscale([frame[::-1, ::-1].copy()])), abs=1e-5)


def test_overshoot_is_clipped():
    frame = np.zeros((8, 8, 3), np.float32)
    frame[:, 4:] = 1
    (picture,) = bicubic(4).upscale([frame])
    assert picture.min() == 0 and picture.max() == 1
