import numpy as np
import pytest

from duf.degradation import area, paper


def ramp(scale: int) -> np.ndarray:
    """Grows by one a pixel to the right."""
    return np.broadcast_to(np.arange(40 * scale)[None, :, None], (24 * scale, 40 * scale, 3)).astype(np.uint8)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_papers_samples_lie_on_the_first_pixel(scale):
    inside = paper(ramp(scale), scale)[8:-8, 8:-8, 0]
    assert (inside == np.arange(8, 32) * scale).all()


@pytest.mark.parametrize("scale", [2, 4])
def test_area_samples_lie_in_the_middle(scale):
    small = area((ramp(scale) // 2 * 2), scale)[..., 0].astype(float)
    middle = np.arange(40) * scale + (scale - 1) / 2
    assert np.abs(small - middle).max() <= 1


@pytest.mark.parametrize("degrade", [paper, area])
def test_flat_colour_stays_as_it_is(degrade):
    flat = np.full((32, 48, 3), (10, 128, 250), np.uint8)
    assert (degrade(flat, 4) == (10, 128, 250)).all()
    assert degrade(flat, 4).shape == (8, 12, 3)
