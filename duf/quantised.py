"""The streaming network in 8-bit integers: exported from the Keras network once, read and run without Keras.

Activations are a step times a code of 0..255, one step a tensor; weights are a scale times -127..127, one scale an
output channel. The steps come from the greatest activations that a network shows on some clips.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from duf import weights
from duf.errors import ModelError

if TYPE_CHECKING:
    from duf.stream import Stream

HEADROOM = 1.1  # greatest code, of the greatest activation seen
NONE = 128  # the code of no flow
FLOW, PHASE = slice(3, 5), 5  # where the flow's fraction and the phase lie in what the network looks at
# Steps of what it looks at before the state: frame, the flow's fraction, phase, previous frame.
SEEN = np.array([1 / 255] * 3 + [1 / 254] * 2 + [1 / 127] + [1 / 255] * 3, np.float32)

WIDTHS = (32, 48)  # channels that the kernels know

Steps = dict[str, float]


@dataclass(frozen=True)
class Convolution:
    """weights [side, side, in, out] int8; scale, bias [out]: from a sum of products to its value."""

    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True)
class Quantised:
    """A streaming network: `layers` by their names in Keras, the step of each one's result, the resting filters."""

    scale: int
    layers: dict[str, Convolution]
    steps: Steps
    resting: NDArray[np.float32]  # [2, taps taps scale scale]
    sha256: str = ""  # of the weight file it was made from

    @property
    def channels(self) -> int:
        return len(self.layers["enter"].bias)

    @property
    def blocks(self) -> int:
        return sum(name.startswith("body") for name in self.layers) // 2


def fitting(network: Any) -> bool:
    """Whether a network is of a design that the kernels run."""
    design = getattr(network, "design", None)
    return design is not None and design.taps == 3 and design.follows and design.channels in WIDTHS


def quantise(network: Stream, steps: Steps, sha256: str = "") -> Quantised:
    """`steps`: of the input of every layer but the first, by the layer's name, and of the state ("taps")."""
    entry = np.concatenate([SEEN, np.full(network.channels, steps["taps"], np.float32)])
    layers = {layer.name: _convolution(layer, steps.get(layer.name, entry)) for layer in convolutions(network)}
    bias = layers["enter"].bias - NONE * layers["enter"].scale * _sums(layers["enter"].weights[:, :, FLOW])
    layers["enter"] = Convolution(layers["enter"].weights, layers["enter"].scale, bias)
    return Quantised(network.scale, layers, steps, np.asarray(network.resting, np.float32), sha256)


def convolutions(network: Stream) -> list[Any]:
    """Its convolutions, in the order in which they work."""
    return [network.enter, *(layer for pair in network.body for layer in pair), network.taps, network.residual]


def observed(network: Stream, clips: Iterable[Iterable[Any]]) -> Steps:
    """The steps that fit what `network` does on clips of RGB frames [h, w, 3] in 0..1."""
    from duf.reference import Keras
    from duf.streaming import Streaming

    peaks: dict[str, float] = {}
    watched = convolutions(network)[1:]
    for layer in watched:
        layer.call = _noting(layer.call, layer.name, peaks)
    try:
        for sampling in ("centre", "corner"):
            for clip in clips:
                for _ in Streaming(Keras(network, sampling, eager=True), network.scale).upscale(clip):
                    pass
    finally:
        for layer in watched:
            del layer.call
    return {name: HEADROOM * peak / 255 for name, peak in peaks.items()}


def write(network: Stream, path: Path, sha256: str, clips: Iterable[NDArray[np.uint8]]) -> None:
    """Write the 8-bit form of a network whose weights are PATH.npz, of that sha256; `clips`: RGB [T, h, w, 3]."""
    floats = [clip.astype(np.float32) / np.float32(255) for clip in clips]
    save(quantise(network, observed(network, floats), sha256), path)


def save(quantised: Quantised, path: Path) -> None:
    """Write PATH-int8.npz, whole or not at all."""
    arrays: dict[str, Any] = {"resting": quantised.resting, "scale": np.int64(quantised.scale)}
    arrays["sha256"] = np.array(quantised.sha256)
    for name, layer in quantised.layers.items():
        arrays |= {f"{name}/{part}": value for part, value in vars(layer).items()}
    arrays |= {f"{name}/step": np.float64(step) for name, step in quantised.steps.items()}
    packed = BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    weights.write(file(path), packed.getvalue())


def fits(path: Path) -> bool:
    """Whether PATH-int8.npz is there and was made from the weights that PATH.npz now holds."""
    try:
        with np.load(file(path), allow_pickle=False) as stored:
            return str(stored["sha256"]) == weights.read_card(path).sha256
    except (OSError, KeyError, ValueError):
        return False


def load(path: Path) -> Quantised:
    """Read PATH-int8.npz. ModelError if it is not there, or was made from other weights than PATH.npz now holds."""
    try:
        with np.load(file(path), allow_pickle=False) as stored:
            values = dict(stored)
        names = [name.removesuffix("/weights") for name in values if name.endswith("/weights")]
        layers = {n: Convolution(*(values[f"{n}/{part}"] for part in ("weights", "scale", "bias"))) for n in names}
        steps = {n: float(values[f"{n}/step"]) for n in names if f"{n}/step" in values}
        found = Quantised(int(values["scale"]), layers, steps, values["resting"], str(values["sha256"]))
    except (OSError, KeyError, ValueError) as error:
        raise ModelError(f"{file(path)} cannot be used; run `python -m duf quantise {path}`.") from error
    if not fits(path):
        raise ModelError(f"{file(path)} was made from other weights; run `python -m duf quantise {path}`.")
    return found


def file(path: Path) -> Path:
    return path.with_name(f"{path.name}-int8.npz")


def _convolution(layer: Any, steps: Any) -> Convolution:
    """`steps`: of the layer's input, one or one a channel."""
    kernel = np.asarray(layer.kernel, np.float32) * np.reshape(np.asarray(steps, np.float32), (-1, 1))
    scale = np.maximum(np.abs(kernel).max((0, 1, 2)), 1e-12) / 127
    bias = np.asarray(layer.bias, np.float32) if layer.use_bias else np.zeros_like(scale)
    return Convolution(np.rint(kernel / scale).astype(np.int8), scale, bias)


def _sums(part: NDArray[np.int8]) -> NDArray[np.float32]:
    sums: NDArray[np.float32] = part.astype(np.float32).sum((0, 1, 2))
    return sums


def _noting(call: Any, name: str, peaks: dict[str, float]) -> Any:
    """`call`, noting the greatest value that it was ever given."""

    def noting(x: Any) -> Any:
        peaks[name] = max(peaks.get(name, 0.0), float(np.max(x)))
        return call(x)

    return noting
