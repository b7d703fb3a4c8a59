"""The 8-bit convolution against whole-number arithmetic."""

from ctypes import CDLL, byref

import numpy as np
import pytest

from duf.integers import pack
from duf.native import LANES, Layer

rng = np.random.default_rng(5)


def bordered(height: int, width: int, channels: int) -> np.ndarray:
    """Activations with a border that is not zero, and room to read on behind them."""
    count = (height + 2) * (width + 2) * channels
    values = rng.integers(0, 256, count + LANES * channels, dtype=np.uint8)
    return values[:count].reshape(height + 2, width + 2, channels)


def expected(x: np.ndarray, kernel: np.ndarray, scale: np.ndarray, bias: np.ndarray) -> np.ndarray:
    height, width = x.shape[0] - 2, x.shape[1] - 2
    sums = np.zeros((height, width, kernel.shape[-1]), np.int64)
    for j in range(3):
        for i in range(3):
            sums += x[j : j + height, i : i + width].astype(np.int64) @ kernel[j, i].astype(np.int64)
    return sums.astype(np.float32).astype(np.float64) * scale + bias


@pytest.mark.parametrize("size", [(5, 40), (3, 32), (2, 71), (3, 12), (4, 7), (2, 1)])
@pytest.mark.parametrize(("inputs", "outputs"), [(44, 32), (32, 32), (48, 32), (48, 48), (64, 48)])
@pytest.mark.parametrize("skips", [False, True])
def test_every_code_is_right_whatever_the_rows_are_shared_in(
    library: CDLL, size: tuple[int, int], inputs: int, outputs: int, skips: bool
) -> None:
    height, width = size
    x, skip = bordered(height, width, inputs), bordered(height, width, outputs)
    kernel = rng.integers(-127, 128, (3, 3, inputs, outputs), dtype=np.int8)
    scale = rng.uniform(5e-5, 2e-4, outputs).astype(np.float32)
    bias = rng.uniform(50, 150, outputs).astype(np.float32)
    y, (weights, _) = np.full((height + 2, width + 2, outputs), 7, np.uint8), pack(kernel)
    layer = Layer(inputs, outputs, weights.ctypes.data, scale.ctypes.data, bias.ctypes.data)
    layer.x, layer.y, layer.skip = x.ctypes.data, y.ctypes.data, None
    if skips:
        layer.skip = skip.ctypes.data
    for first, last in ((1, height), (0, 1)):
        library.convolve(byref(layer), width, first, last)

    codes = expected(x, kernel, scale, bias) + (skip[1:-1, 1:-1] if skips else 0)
    assert np.abs(y[1:-1, 1:-1] - np.clip(codes, 0, 255)).max() < 0.5001  # rounded, to the last float bit
    assert 5 < y[1:-1, 1:-1].mean() < 250
    edge = np.ones(y.shape[:2], bool)
    edge[1:-1, 1:-1] = False
    assert (y[edge] == 7).all()  # the border is never written


def test_channels_beyond_the_fours_count_nothing() -> None:
    packed, inputs = pack(np.ones((3, 3, 41, 32), np.int8))
    assert inputs == 44 and packed.sum() == 9 * 41 * 32
