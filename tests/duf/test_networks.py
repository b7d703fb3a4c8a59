from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest

from duf import importing
from duf.design import BODIES, SCALES
from duf.filters import depth_to_space
from duf.networks import DUF
from tests.duf.reference.parameters import parameters

REFERENCE = np.load(Path(__file__).parent / "reference" / "outputs.npz")
PUBLISHED = [(16, 2), (16, 3), (16, 4), (28, 4), (52, 4)]


def frames(height: int = 4, width: int = 6) -> np.ndarray:
    return np.random.default_rng(5).random((1, 7, height, width, 3), dtype=np.float32)


@pytest.fixture
def network() -> keras.Model:
    keras.utils.set_random_seed(11)
    return DUF(16, 2)


@pytest.mark.parametrize(("depth", "scale"), PUBLISHED)
def test_it_computes_what_the_authors_graph_computes(depth: int, scale: int) -> None:
    model = DUF(depth, scale)
    importing.fill(model, parameters(depth, scale), "the reference")
    out = np.asarray(model(REFERENCE["input"][None]))[0]
    np.testing.assert_allclose(out, REFERENCE[f"{depth}L_x{scale}"], atol=1e-4)


@pytest.mark.parametrize(("depth", "scale"), sorted({*product(BODIES, SCALES)} - {*PUBLISHED}))
def test_depths_and_scales_without_published_parameters_enlarge_too(depth: int, scale: int) -> None:
    assert DUF(depth, scale).compute_output_shape((2, 7, 10, 12, 3)) == (2, 10 * scale, 12 * scale, 3)


def test_the_residual_is_added_to_the_filtered_frame_and_reaches_nothing_else(network: keras.Model) -> None:
    residual = network.get_layer("residual_out")
    without = np.asarray(network(frames()))
    bias = np.random.default_rng(6).normal(size=12).astype(np.float32)
    residual.bias.assign_add(bias)
    expected = depth_to_space(np.broadcast_to(bias, (1, 4, 6, 12)), 2)
    np.testing.assert_allclose(np.asarray(network(frames())) - without, expected, atol=1e-5)


def test_without_residual_every_pixel_is_a_mean_of_the_middle_frame(network: keras.Model) -> None:
    network.get_layer("residual_out").kernel.assign(np.zeros((1, 1, 256, 12)))
    clip = frames(8, 8)
    clip[:, 3] = np.array([0.2, 0.5, 0.9])
    inside = np.asarray(network(clip))[0, 4:-4, 4:-4]
    np.testing.assert_allclose(inside, np.broadcast_to([0.2, 0.5, 0.9], inside.shape), atol=1e-5)


def test_every_one_of_the_seven_frames_counts(network: keras.Model) -> None:
    clip = frames()
    before = np.asarray(network(clip))
    for number in range(7):
        changed = clip.copy()
        changed[:, number] = 1 - changed[:, number]
        assert np.abs(np.asarray(network(changed)) - before).max() > 1e-5


@pytest.mark.parametrize(("depth", "scale"), [(17, 4), (16, 5)])
def test_other_depths_and_scales_are_refused(depth: int, scale: int) -> None:
    with pytest.raises(ValueError, match="16, 28, 52"):
        DUF(depth, scale)
