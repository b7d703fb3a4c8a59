import numpy as np
import pytest

from duf.judging.metrics import flip, luma, psnr, ssim


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


def test_ssim_is_the_mean_over_windows_written_out():
    truth, result = noisy(1, 32), noisy(1, 32) // 2 + 40
    x, y = ((picture @ np.array([65.481, 128.553, 24.966]) / 255 + 16)[8:-8, 8:-8] for picture in (truth, result))
    bell = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    weights = np.outer(bell, bell) / bell.sum() ** 2
    likeness = []
    for top in range(6):
        for left in range(6):
            a, b = (z[top : top + 11, left : left + 11] for z in (x, y))
            ma, mb = (weights * a).sum(), (weights * b).sum()
            va, vb, cov = ((weights * p).sum() for p in ((a - ma) ** 2, (b - mb) ** 2, (a - ma) * (b - mb)))
            c1, c2 = 2.55**2, 7.65**2
            likeness.append((2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2)))
    assert ssim(truth, result) == pytest.approx(np.mean(likeness))


def test_flip_sees_what_a_person_sees():
    assert flip(noisy(1), noisy(1)) == 0
    assert 0 < flip(picture(100), picture(104)) < flip(picture(100), picture(160)) < 1


def test_flip_leaves_out_the_border():
    other = picture(100, 64)
    other[:2] = 255  # further off than FLIP looks around a pixel
    assert flip(picture(100, 64), other) < 0.01
