"""The streaming network run in 8-bit integers by the compiled kernels, on all threads."""

import math
from collections.abc import Callable
from copy import copy
from ctypes import CDLL, byref
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from duf.drawing import bordered, draw
from duf.media.colour import Coding
from duf.native import LANES, Drawing, Layer, Sight, Threads
from duf.quantised import FLOWS, NONE, PHASE, STEP, Convolution, Quantised
from duf.streaming import Glance

LINE = 64  # bytes of the cache
DOUBLINGS = 1 / math.log(2)  # in a logit: to the kernel its exponential is a power of two

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Desk:
    """What a step of the network works on, cleared for a picture of another size."""

    def __init__(self, inputs: int, channels: int) -> None:
        self.inputs, self.channels, self.size = inputs, channels, (0, 0)

    def fit(self, height: int, width: int) -> None:
        if self.size != (height, width):
            self.size = height, width
            self.seen = activations(height, width, self.inputs)
            self.seen[..., FLOWS] = NONE  # outside of the picture too
            self.hidden, *self.between = (activations(height, width, self.channels) for _ in range(3))


class Integers:
    """An engine (see duf/streaming.py) that carries the state of a quantised network."""

    def __init__(self, library: CDLL, network: Quantised, corner: bool, threads: int = 0) -> None:
        self.library, self.network, self.corner = library, network, corner
        self.scale, self.threads = network.scale, Threads(threads)
        self.size = (0, 0)
        self.packed: list[NDArray[Any]] = []  # what the layers point at, kept alive
        self.layers = self._layers()
        self.heads = self._heads()
        self.desk = Desk(self.layers[0].inputs, network.channels)
        self.bounded = greatest_logit(network) * DOUBLINGS < 115

    def twin(self) -> "Integers":
        """At the same desk, for what lies there is not needed after a step."""
        other = copy(self)
        other.size = 0, 0
        return other

    def begin(self, height: int, width: int) -> None:
        if self.size != (height, width):
            self.size = height, width
            self.states = [activations(height, width, self.network.channels) for _ in range(2)]
        self.states[0][:] = 0
        self.previous: Bytes | None = None

    def remember(self, now: Glance, coming: Glance) -> None:
        self.frame = bordered(now.frame, 3)
        self.desk.fit(*self.size)
        frame = coded(now.frame)
        self._look(frame, frame if self.previous is None else self.previous, coded(coming.frame), now.flow, coming.flow)
        self.previous = frame
        (x, spare), (past, state) = self.desk.between, self.states
        self._convolve(0, self.desk.seen, x)
        for block in range(self.network.blocks):
            result = state if block == self.network.blocks - 1 else spare
            self._convolve(2 * block + 1, x, self.desk.hidden)
            self._convolve(2 * block + 2, self.desk.hidden, result, skip=x)
            x, spare = result, x
        self.states = [state, past]

    def draw(self, times: int, code: Coding | None) -> Callable[[], Any]:
        height, width = self.size
        drawing = Drawing(width, height, 3, self.scale, times, address(self.frame))
        drawing.state, drawing.channels = address(self.states[0]), self.network.channels
        drawing.bounded = self.bounded
        for name, array in self.heads.items():
            setattr(drawing, name, address(array))
        drawing.kept = self.frame, self.states[0]
        return draw(self.library, drawing, self.threads, code)

    def _look(self, frame: Bytes, previous: Bytes, coming: Bytes, *flows: Floats) -> None:
        height, width = self.size
        sight = Sight(width, height, self.network.channels, self.layers[0].inputs)
        sight.frame, sight.previous, sight.coming = map(address, (frame, previous, coming))
        sight.flow, sight.coming_flow = map(address, flows)
        sight.state, sight.phase, sight.y = address(self.states[0]), 127 * self.corner, address(self.desk.seen)
        self.threads.run(height, lambda a, b: self.library.look(byref(sight), a, b))

    def _convolve(self, number: int, x: Bytes, y: Bytes, skip: Bytes | None = None) -> None:
        height, width = self.size
        layer = self.layers[number]
        layer.x, layer.y, layer.skip = address(x), address(y), address(skip)
        self.threads.run(height, lambda a, b: self.library.convolve(byref(layer), width, a, b))

    def _layers(self) -> list[Layer]:
        """Every convolution before the heads; each one's sums become codes of the next one's input."""
        layers = []
        for number, name in enumerate(name for name in self.network.layers if name not in ("taps", "residual")):
            convolution = self.network.layers[name]
            packed, inputs = pack(convolution.weights if number else self._as_looked(convolution.weights))
            scale, bias = convolution.scale / STEP, convolution.bias / STEP
            self.packed += [packed, scale, bias]
            layers.append(Layer(inputs, len(scale), *map(address, (packed, scale, bias))))
        return layers

    def _as_looked(self, weights: NDArray[np.int8]) -> NDArray[np.int8]:
        """Weights for what the kernel looks at: the phase comes last, and not at all where it is 0."""
        order = [n for n in range(weights.shape[2]) if n != PHASE] + [PHASE] * self.corner
        return weights[:, :, order]

    def _heads(self) -> dict[str, NDArray[Any]]:
        sub = self.network.scale**2
        taps = in_lanes(self.network.layers["taps"], sub)
        residual = self.network.layers["residual"]
        order = np.arange(3 * sub).reshape(sub, 3).T.ravel()  # colour by colour
        residual = in_lanes(Convolution(*(part[..., order] for part in vars(residual).values())), sub)
        resting = self.network.resting[int(self.corner)].reshape(-1, sub)
        return {
            "tap_weights": pack(taps.weights)[0],
            "tap_scale": taps.scale * DOUBLINGS,
            "resting": np.ascontiguousarray(np.pad(resting * DOUBLINGS, ((0, 0), (0, LANES - sub)))),
            "residual_weights": pack(residual.weights)[0],
            "residual_scale": residual.scale,
            "residual_bias": residual.bias,
        }


def activations(height: int, width: int, channels: int) -> Bytes:
    """Zeros [h + 2, w + 2, channels], which may be read a little beyond their end."""
    count = (height + 2) * (width + 2) * channels
    return aligned(count + LANES * channels, np.uint8)[:count].reshape(height + 2, width + 2, channels)


def coded(frame: Floats) -> Bytes:
    """Bytes for 0..1, rounded to the nearest."""
    codes: Bytes = cv2.convertScaleAbs(frame, alpha=255)
    return codes


def greatest_logit(network: Quantised) -> float:
    """What no logit of the filters can exceed, either way: activations are never negative."""
    taps = network.layers["taps"]
    weights = taps.weights.astype(np.float32)
    sums = (255 * np.maximum(sign * weights, 0).sum((0, 1, 2)) for sign in (1, -1))
    return float((np.maximum(*sums) * taps.scale).max() + np.abs(network.resting).max())


def pack(weights: NDArray[np.int8]) -> tuple[NDArray[np.int8], int]:
    """[k, k, in, out] as the kernels read them, [k, k, in / 4, out / LANES, LANES, 4], and `in` padded to fours."""
    side, _, inputs, outputs = weights.shape
    fours = -(-inputs // 4)
    padded = np.pad(weights, ((0, 0), (0, 0), (0, 4 * fours - inputs), (0, 0)))
    parts = padded.reshape(side, side, fours, 4, outputs // LANES, LANES).transpose(0, 1, 2, 4, 5, 3)
    packed = aligned(parts.size, np.int8).reshape(parts.shape)
    packed[...] = parts
    return packed, 4 * fours


def aligned(count: int, kind: type) -> NDArray[Any]:
    """Zeros of one byte each that begin where a line of the cache does: vectors that lie in two lines take longer."""
    spare: NDArray[Any] = np.zeros(count + LINE, kind)
    begin = -spare.ctypes.data % LINE
    return spare[begin : begin + count]


def in_lanes(layer: Convolution, sub: int) -> Convolution:
    """A layer whose outputs are groups of `sub` with each group filled up to LANES."""

    def filled(part: NDArray[Any]) -> NDArray[Any]:
        groups = part.reshape(*part.shape[:-1], -1, sub)
        wide = np.pad(groups, [(0, 0)] * (groups.ndim - 1) + [(0, LANES - sub)])
        return np.ascontiguousarray(wide.reshape(*part.shape[:-1], -1))

    return Convolution(*(filled(part) for part in vars(layer).values()))


def address(array: NDArray[Any] | None) -> int | None:
    """Where an array lies in memory."""
    return None if array is None else int(array.ctypes.data)
