"""The dynamic upsampling kernel against the Keras layer."""

from ctypes import CDLL

import numpy as np
import pytest
from keras import ops

from duf.drawing import upsample
from duf.filters import DynamicUpsampling, depth_to_space
from duf.media.colour import SITES, Coding, from_rgb
from duf.native import Threads
from duf.upscaler import even

rng = np.random.default_rng(3)


def given(size: int, scale: int, height: int = 9, width: int = 13) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A frame, logits and residual."""
    frame = rng.random((height, width, 3), dtype=np.float32)
    logits = (3 * rng.standard_normal((height, width, size**2 * scale**2))).astype(np.float32)
    return frame, logits, (0.1 * rng.standard_normal((height, width, 3 * scale**2))).astype(np.float32)


def layer(frame: np.ndarray, logits: np.ndarray, residual: np.ndarray, size: int, scale: int) -> np.ndarray:
    large = DynamicUpsampling(size, scale)(frame[None], logits[None]) + depth_to_space(residual[None], scale)
    return np.clip(ops.convert_to_numpy(large)[0], 0, 1)


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_it_equals_the_layer_to_rounding(library: CDLL, size: int, scale: int) -> None:
    frame, logits, residual = given(size, scale)
    drawn = upsample(library, frame, logits, residual, scale, Threads(2), None)
    np.testing.assert_allclose(drawn, layer(frame, logits, residual, size, scale), atol=5e-6)


@pytest.mark.parametrize(("size", "scale"), [(3, 4), (5, 4), (5, 3)])
def test_logits_may_be_of_half_the_length(library: CDLL, size: int, scale: int) -> None:
    frame, logits, residual = given(size, scale)
    short = ops.convert_to_numpy(ops.cast(logits, "bfloat16"))
    drawn = upsample(library, frame, short, residual, scale, Threads(2), None)
    assert short.dtype.itemsize == 2
    assert np.array_equal(drawn, upsample(library, frame, short.astype(np.float32), residual, scale, Threads(2), None))


def test_without_a_residual_the_filters_alone_are_drawn(library: CDLL) -> None:
    frame, logits, residual = given(5, 4)
    drawn = upsample(library, frame, logits, None, 4, Threads(1), None)
    np.testing.assert_allclose(drawn, layer(frame, logits, 0 * residual, 5, 4), atol=5e-6)


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_logits_far_apart_choose_one_pixel(library: CDLL, logit: float) -> None:
    frame, logits, _ = given(3, 4)
    logits[:] = 0
    logits[..., 4 * 16 : 5 * 16] = abs(logit)
    logits *= np.sign(logit)  # the centre alone, or all but the centre
    drawn = upsample(library, frame, logits, None, 4, Threads(1), None)
    np.testing.assert_allclose(drawn, layer(frame, logits, np.zeros((9, 13, 48), np.float32), 3, 4), atol=5e-6)


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize(("scale", "width"), [(4, 13), (3, 13), (2, 1)])
def test_planes_are_those_of_the_picture(library: CDLL, bits: int, site: str, scale: int, width: int) -> None:
    frame, logits, residual = given(3, scale, 7, width)
    code = Coding(1, site == "center", bits, SITES[site])
    drawn = upsample(library, frame, logits, residual, scale, Threads(2), code)
    wanted = from_rgb(even(layer(frame, logits, residual, 3, scale)), code)
    for plane, true in zip(drawn, wanted, strict=True):
        assert plane.dtype == true.dtype and plane.shape == true.shape
        assert np.abs(plane.astype(int) - true.astype(int)).max() <= 1  # where a float lies between two codes
        assert (plane == true).mean() > 0.99


@pytest.mark.parametrize("scale", [3, 4])
def test_the_picture_does_not_depend_on_the_threads(library: CDLL, scale: int) -> None:
    frame, logits, residual = given(5, scale, 11)
    code = Coding(1, False, 8, SITES["left"])
    one, many = (upsample(library, frame, logits, residual, scale, Threads(n), code) for n in (1, 5))
    assert all(np.array_equal(a, b) for a, b in zip(one, many, strict=True))
