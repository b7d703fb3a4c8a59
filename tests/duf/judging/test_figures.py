import math

import pytest

from duf.judging.figures import HEADINGS, Figures, from_json, mean

A = Figures(30.0, 0.8, 0.1, 2.0, math.nan, 0.3)
B = Figures(32.0, 0.9, 0.2, 1.0, 0.5, 0.1)


def test_a_mean_is_over_the_clips_that_have_the_figure():
    both = mean([A, B])
    assert (both.psnr, both.static_flicker) == (31.0, 0.5) and both.tof == pytest.approx(0.2)
    assert math.isnan(mean([A, A]).static_flicker)


def test_what_was_not_measured_is_null_in_json_and_a_dash_in_tables():
    assert A.to_json()["static_flicker"] is None
    assert math.isnan(from_json(A.to_json()).static_flicker)
    assert from_json(B.to_json()) == B
    assert A.cells() == ["30.00", "0.8000", "0.1000", "2.000", "–", "0.300"] and len(HEADINGS) == 6
