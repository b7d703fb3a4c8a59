import numpy as np
import pytest

from duf.material.degradation import WEIGHTS, Degradation, area, paper, resize

RNG = np.random.default_rng(1)


def ramp(scale: int) -> np.ndarray:
    """Grows by one a pixel to the right."""
    return np.broadcast_to(np.arange(40 * scale)[None, :, None], (24 * scale, 40 * scale, 3)).astype(np.uint8)


def moving(frames: int = 6) -> np.ndarray:
    waves = [np.sin(np.mgrid[0:32, 0:48] / 3 + t / 2).sum(0) * 50 + 128 for t in range(frames)]
    return np.repeat(np.stack(waves)[..., None], 3, -1).astype(np.uint8)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_papers_samples_lie_on_the_first_pixel(scale):
    inside = paper(ramp(scale), scale)[8:-8, 8:-8, 0]
    assert (inside == np.arange(8, 32) * scale).all()


@pytest.mark.parametrize("scale", [2, 4])
def test_area_samples_lie_in_the_middle(scale):
    small = area((ramp(scale) // 2 * 2), scale)[..., 0].astype(float)
    middle = np.arange(40) * scale + (scale - 1) / 2
    assert np.abs(small - middle).max() <= 1


@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("phase", ["corner", "centre"])
def test_a_resize_samples_where_its_phase_says(name, scale, phase):
    inside = resize(ramp(scale), scale, name, phase)[8:-8, 8:-8, 0].astype(float)
    middle = (scale - 1) / 2 if phase == "centre" else 0
    assert np.abs(inside - (np.arange(8, 32) * scale + middle)).max() <= 0.5


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_general_area_is_opencvs_at_the_centre(scale):
    picture = RNG.integers(0, 256, (24 * scale, 40 * scale, 3)).astype(np.uint8)
    difference = resize(picture, scale, "area", "centre").astype(int) - area(picture, scale)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("name", ["bicubic", "lanczos"])
def test_what_a_small_picture_cannot_hold_does_not_alias(name):
    stripes = np.broadcast_to(np.arange(160)[None, :, None] % 2 * 255, (96, 160, 3)).astype(np.uint8)
    assert np.ptp(resize(stripes, 4, name, "centre")[6:-6, 6:-6]) <= 4


@pytest.mark.parametrize("resize", ["paper", *WEIGHTS])
@pytest.mark.parametrize("phase", ["corner", "centre"])
def test_flat_colour_stays_as_it_is(resize, phase):
    flat = np.full((32, 48, 3), (10, 128, 250), np.uint8)
    small = Degradation(resize, phase)([flat, flat], 4, RNG)
    assert small.shape == (2, 8, 12, 3) and (small == (10, 128, 250)).all()


def test_noise_has_the_strength_it_is_given():
    flat = [np.full((256, 256, 3), 128, np.uint8)] * 2
    noisy = Degradation("paper", "corner", noise=3.0)(flat, 4, RNG)
    assert noisy.std() == pytest.approx(3.0, rel=0.1)
    assert (noisy[0] != noisy[1]).any()
