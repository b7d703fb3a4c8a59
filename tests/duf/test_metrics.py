import numpy as np
import pytest

from duf.metrics import luma, psnr, ssim


def picture(value: float, side: int = 48) -> np.ndarray:
    return np.full((side, side, 3), value, np.uint8)


def noisy(seed: int, side: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3)).astype(np.uint8)


def test_luma_runs_from_16_to_235():
    assert luma(picture(0)).max() == pytest.approx(16)
    assert luma(picture(255)).min() == pytest.approx(235, abs=0.01)


def test_equal_pictures_have_no_error():
    assert psnr(noisy(1), noisy(1)) == float("inf")
    assert ssim(noisy(1), noisy(1)) == pytest.approx(1)


def test_a_step_of_grey_has_the_psnr_of_its_luma_step():
    step = 219 / 255 * 10
    assert psnr(picture(100), picture(110)) == pytest.approx(20 * np.log10(255 / step), abs=0.01)


def test_what_lies_in_the_border_does_not_count():
    other = noisy(2)
    other[:8], other[-8:], other[:, :8], other[:, -8:] = 0, 0, 0, 0
    assert psnr(noisy(2), other) == float("inf")


def test_unrelated_noise_is_not_alike():
    assert ssim(noisy(1), noisy(2)) < 0.1
