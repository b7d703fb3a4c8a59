"""The streaming network in 8-bit integers, read from its weight file without Keras.

Activations lie between 0 and 1, and the bytes 0 to 255 stand for them; weights are a scale times -127..127, one scale
an output channel.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duf import weights

NONE = 128  # the code of no flow
FLOWS, PHASE = slice(3, 7), 7  # where the fractions of both flows and the phase lie in what the network looks at
STEP = np.float32(1 / 255)  # what one code of an activation is worth
# The same of what it looks at before the state: frame, fractions of the flows, phase, coming and previous frame.
SEEN = np.array([STEP] * 3 + [1 / 254] * 4 + [1 / 127] + [STEP] * 6, np.float32)

WIDTHS = (32, 48)  # channels that the kernels know

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Convolution:
    """weights [side, side, in, out] int8; scale, bias [out]: from a sum of products to its value."""

    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats


@dataclass(frozen=True)
class Quantised:
    """A streaming network: `layers` by their names in Keras, and the resting filters [2, taps taps scale scale]."""

    scale: int
    layers: dict[str, Convolution]
    resting: Floats

    @property
    def channels(self) -> int:
        return len(self.layers["enter"].bias)

    @property
    def blocks(self) -> int:
        return sum(name.startswith("body") for name in self.layers) // 2


def fits(path: Path) -> bool:
    """Whether the network of PATH.npz is of a width that the kernels run."""
    return weights.read_card(path).options.get("channels") in WIDTHS


def read(path: Path) -> Quantised:
    """The network of PATH.npz. ModelError if the file is missing or not the one that its card describes."""
    card, arrays = weights.read(path)
    values = {name: array.astype(np.float32) for name, array in arrays.items()}
    names = [name.removesuffix("/kernel") for name in values if name.endswith("/kernel")]
    layers = {name: _convolution(values[f"{name}/kernel"] * STEP, values.get(f"{name}/bias")) for name in names}
    layers["enter"] = _looking(values["enter/kernel"], values["enter/bias"])
    return Quantised(card.scale, layers, values["resting"])


def _convolution(kernel: Floats, bias: Floats | None) -> Convolution:
    """`kernel`: by codes of its input."""
    weights, scale = in_bytes(kernel)
    return Convolution(weights, scale, np.zeros_like(scale) if bias is None else bias)


def in_bytes(kernel: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[Any]]:
    """[k, k, in, out] as whole numbers, and for each output channel what one is worth."""
    scale = np.maximum(np.abs(kernel).max((0, 1, 2)), 1e-12) / 127
    return np.rint(kernel / scale).astype(np.int8), scale


def _looking(kernel: Floats, bias: Floats) -> Convolution:
    """The first layer, which sees codes of flow that stand around NONE."""
    steps = np.concatenate([SEEN, np.full(kernel.shape[2] - len(SEEN), STEP)])
    layer = _convolution(kernel * steps[:, None], bias)
    sums = layer.weights[:, :, FLOWS].astype(np.float32).sum((0, 1, 2))
    return Convolution(layer.weights, layer.scale, layer.bias - NONE * layer.scale * sums)
