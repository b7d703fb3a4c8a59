import numpy as np
import pytest

from duf.training.losses import PENALTIES, loss

SHAPE = (1, 4, 2, 2, 3)


def of(error: np.ndarray, name: str = "charbonnier", steady: float = 0.0, bend: float = 0.1) -> float:
    return float(loss(name, bend, steady)(np.zeros_like(error), error))


@pytest.mark.parametrize("name", PENALTIES)
def test_it_turns_from_square_to_linear_at_the_bend(name):
    near, twice, far, further = (of(np.full(SHAPE, d), name) for d in (1e-3, 2e-3, 5.0, 10.0))
    at_rest = of(np.zeros(SHAPE), name)
    assert (twice - at_rest) / (near - at_rest) == pytest.approx(4, rel=0.02)
    assert further / far == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("name", PENALTIES)
def test_an_error_that_comes_and_goes_costs_more_than_one_that_stays(name):
    stays, comes = np.full(SHAPE, 0.3), np.full(SHAPE, 0.3)
    comes[:, ::2] *= -1
    assert of(comes, name) == pytest.approx(of(stays, name))
    assert of(comes, name, steady=0.5) > of(stays, name, steady=0.5) + 0.5 * of(np.full(SHAPE, 0.3), name)


def test_what_flickers_where_nothing_moves_costs_its_size_however_small():
    truth = np.zeros((1, 3, 8, 32, 3), np.float32)
    truth[:, 1, :, 16:] = 1  # the right half changes
    still, moving = truth.copy(), truth.copy()
    still[:, 1, :, :8] += 1e-3
    moving[:, 1, :, 24:] += 1e-3
    costs = [float(loss("charbonnier", 0.1, 0, more)(truth, made)) for made in (still, moving) for more in (0, 1)]
    assert costs[1] - costs[0] == pytest.approx(0.25 * 1e-3, rel=1e-3)
    assert costs[3] - costs[2] == pytest.approx(0, abs=1e-7)
