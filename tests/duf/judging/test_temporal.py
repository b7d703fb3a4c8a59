import cv2
import numpy as np
import pytest

from duf.judging.temporal import Pair, flicker, tof

LEVEL = 219 / 255  # of luma, for a step of one in grey


@pytest.fixture(scope="module")
def wide() -> np.ndarray:
    noise = np.random.default_rng(5).integers(0, 256, (128, 260, 3)).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 40, 200, cv2.NORM_MINMAX)


def view(wide: np.ndarray, left: int) -> np.ndarray:
    return np.ascontiguousarray(wide[:, left : left + 200])


def test_an_error_that_stays_does_not_flicker(wide):
    truth = view(wide, 0)
    assert flicker(Pair(truth, truth + 9), Pair(truth, truth + 9)) == (0, 0)


def test_an_error_that_comes_and_goes_flickers_by_its_height(wide):
    truth = view(wide, 0)
    assert flicker(Pair(truth, truth + 9), Pair(truth, truth)) == pytest.approx((9 * LEVEL, 9 * LEVEL))


def test_motion_followed_exactly_does_not_flicker(wide):
    pairs = [Pair(view(wide, left), view(wide, left)) for left in (0, 3)]
    whole, static = flicker(*pairs)
    assert whole == 0 and np.isnan(static)  # nothing stands still


def test_only_what_stands_still_counts_as_static(wide):
    still, moved = view(wide, 0), view(wide, 0)
    moved[:, 100:] = view(wide, 30)[:, 100:]
    wrong = moved.copy()
    wrong[:, 120:] = 0
    whole, static = flicker(Pair(still, still), Pair(moved, wrong))
    assert whole > 10 and static < 0.1 * whole


def test_motion_is_as_far_off_as_it_is_missed(wide):
    there, here = view(wide, 0), view(wide, 3)
    assert tof(Pair(there, there), Pair(here, here)) == 0
    assert tof(Pair(there, there), Pair(here, there)) == pytest.approx(3, abs=0.3)
