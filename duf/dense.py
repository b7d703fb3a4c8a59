"""DUF's layers run by the compiled kernels: what looks around multiplies bytes, what sees one pixel bfloat16.

Behind a normalisation and a ReLU the bytes 0 to 255 stand for 0 to the most that the normalisation lets one expect;
weights are a scale times -127..127, one scale an output channel. What lies between the layers is bfloat16, in planes
[n, h, w, LANES] of LANES channels each, or flat, [h, w, channels].
"""

import math
import weakref
from collections import defaultdict
from collections.abc import Mapping, Sequence
from ctypes import CDLL, byref, c_void_p
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from duf.design import EPSILON
from duf.integers import address, aligned, pack
from duf.native import LANES, Block, Head, Threads, finish
from duf.quantised import in_bytes

PASS = 2 * LANES  # output channels that are computed together
STRIP = 12  # pixels, likewise; as many may be read beyond the end
PIECES = 2  # a thread: each mixes a row above and below that its neighbours mix too
SPREAD = 6  # standard deviations above the mean that a byte reaches

Floats = NDArray[np.floating[Any]]
Halves = NDArray[np.uint16]  # bfloat16
Arrays = Mapping[str, NDArray[Any]]


class Normalisation(NamedTuple):
    """A factor and a shift for each channel, and the most to be expected behind them."""

    scale: Floats
    shift: Floats
    most: Floats


def normalisation(arrays: Arrays, name: str) -> Normalisation:
    gamma, beta = arrays[f"{name}/gamma"], arrays[f"{name}/beta"]
    scale = gamma / np.sqrt(arrays[f"{name}/moving_variance"] + EPSILON)
    spread = np.maximum(np.abs(gamma), 1e-6)
    return Normalisation(scale, beta - arrays[f"{name}/moving_mean"] * scale, np.maximum(beta, 0) + SPREAD * spread)


class Workshop:
    """What all layers of a network work with: kernels, threads, and memory that is used again once nobody needs it.

    Memory that is new to a process costs about as much as what is done in it here.
    """

    def __init__(self, library: CDLL, threads: int = 0) -> None:
        self.library, self.threads = library, Threads(threads)
        self._free: defaultdict[int, list[bytearray]] = defaultdict(list)

    def halves(self, count: int) -> Halves:
        """Whatever was in them before."""
        free = self._free[count]
        memory = free.pop() if free else bytearray(2 * count)
        array = np.frombuffer(memory, np.uint16)
        weakref.finalize(array, free.append, memory)
        return array


class Mixing(NamedTuple):
    """A convolution of 1x1, [in, out] and [out], and the normalisation behind it."""

    kernel: Floats
    bias: Floats
    norm: Normalisation


class Looking:
    """A look around of 3x3 in one moment, behind a normalisation and maybe a mixing.

    `kernel` [terms, 3, 3, in, out] and `bias` [terms, out] of as many results as may be asked for.
    """

    def __init__(
        self, shop: Workshop, norm: Normalisation, kernel: Floats, bias: Floats, mixing: Mixing | None = None
    ) -> None:
        self.shop, self.bias = shop, bias
        self.scale, self.shift = single(norm.scale * 255 / norm.most), single(norm.shift * 255 / norm.most)
        self.mixing: Sequence[NDArray[Any] | None] = mixed(norm, mixing) if mixing else [None] * 3
        seen = mixing.norm if mixing else norm
        self.kernel = kernel * (seen.most / 255)[:, None]  # by codes of its input
        self.packed = lru_cache(self._packed)

    def _packed(self, terms: tuple[int, ...]) -> list[NDArray[Any]]:
        codes, unit = in_bytes(np.concatenate([self.kernel[term] for term in terms], -1))
        return [in_passes(codes), single(unit), single(np.concatenate([self.bias[term] for term in terms]))]

    def planes(self, features: Sequence[Halves], terms: Sequence[int]) -> Halves:
        """The terms one behind the other."""
        _, height, width, _ = features[0].shape
        shape = self.bias.shape[-1] * len(terms) // LANES, height, width, LANES
        y = self.shop.halves(math.prod(shape)).reshape(shape)
        self._run(features, terms, [plane.ctypes.data for plane in y], LANES, positive=False)
        return y

    def flat(self, features: Sequence[Halves]) -> Halves:
        """The first term behind a ReLU: [h w + STRIP, out]."""
        _, height, width, _ = features[0].shape
        channels = self.bias.shape[-1]
        y = self.shop.halves((height * width + STRIP) * channels).reshape(-1, channels)
        self._run(features, [0], [y[0, c:].ctypes.data for c in range(0, channels, LANES)], channels, positive=True)
        return y

    def _run(self, features: Sequence[Halves], terms: Sequence[int], y: list[int], step: int, positive: bool) -> None:
        _, height, width, _ = features[0].shape
        block = Block(width, height, len(self.scale), LANES * len(y))
        block.x = pointers([plane.ctypes.data for part in features for plane in part])
        block.y, block.step, block.positive = pointers(y), step, positive
        block.scale, block.shift = map(address, (self.scale, self.shift))
        block.mix, block.mix_scale, block.mix_bias = map(address, self.mixing)
        block.look, block.look_scale, block.look_bias = map(address, self.packed(tuple(terms)))
        library = self.shop.library

        def rows(first: int, last: int) -> None:
            scratch = aligned(library.scratch_of(byref(block)), np.uint8)
            library.see(byref(block), first, last, address(scratch))

        finish(self.shop.threads.start(height, rows, PIECES))


class Telling:
    """A head: two layers that see one pixel."""

    def __init__(self, shop: Workshop, arrays: Arrays, name: str) -> None:
        self.shop = shop
        self.hidden, self.out = (arrays[f"{name}_{layer}/kernel"].shape[-1] for layer in ("hidden", "out"))
        self.packed = [*in_halves(arrays, f"{name}_hidden"), *in_halves(arrays, f"{name}_out")]

    def __call__(self, x: Halves, height: int, width: int, halves: bool) -> NDArray[Any]:
        """From [h w + STRIP, channels] to [h, w, out], bfloat16 or float32."""
        y = self.shop.halves(height * width * self.out * (1 if halves else 2))
        head = Head(
            width, x.shape[1], self.hidden, self.out, address(x), *map(address, self.packed), address(y), halves
        )

        def rows(first: int, last: int) -> None:
            scratch = self.shop.halves((width + STRIP) * self.hidden)
            self.shop.library.tell(byref(head), first, last, address(scratch))

        self.shop.threads.run(height, rows)
        return y.view(np.uint16 if halves else np.float32).reshape(height, width, self.out)


def added(shop: Workshop, now: Halves, before: Halves | None, after: Halves | None) -> Halves:
    """The sum of what there is."""
    y = shop.halves(now.size).reshape(now.shape)
    three = (c_void_p * 3)(*map(address, (now, before, after)))

    def part(first: int, last: int) -> None:
        shop.library.add(byref(three), address(y), first * LANES, last * LANES)

    shop.threads.run(y.size // LANES, part)
    return y


def mixed(norm: Normalisation, mixing: Mixing) -> list[NDArray[Any]]:
    """Packed codes, and from their sums to the codes behind the mixing a factor and a shift."""
    codes, unit = in_bytes((mixing.kernel * (norm.most / 255)[:, None])[None, None])
    scale, shift, most = mixing.norm
    return [in_passes(codes), single(unit * scale * 255 / most), single((mixing.bias * scale + shift) * 255 / most)]


def in_passes(codes: NDArray[np.int8]) -> NDArray[np.int8]:
    """[k, k, in, out] as the kernels read it, PASS output channels after the other, the last of them filled up."""
    wide = np.pad(codes, [(0, 0)] * 3 + [(0, -codes.shape[-1] % PASS)])
    packed: NDArray[np.int8] = aligned(wide.size, np.int8)
    return np.concatenate([pack(part)[0].ravel() for part in np.split(wide, wide.shape[-1] // PASS, -1)], out=packed)


def in_halves(arrays: Arrays, name: str) -> tuple[Halves, Floats]:
    """Weights and bias of a layer that sees one pixel, likewise: [out / PASS, in / 2, 2, LANES, 2], and [out]."""
    kernel, bias = arrays[f"{name}/kernel"], arrays[f"{name}/bias"]
    rest = (0, -len(bias) % PASS)
    pairs = halves(np.pad(kernel[0, 0], ((0, 0), rest))).reshape(kernel.shape[2] // 2, 2, -1, 2, LANES)
    return np.ascontiguousarray(pairs.transpose(2, 0, 3, 4, 1)), single(np.pad(bias, rest))


def halves(x: Floats) -> Halves:
    """Rounded to the nearest bfloat16."""
    bits = single(x).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def single(x: NDArray[Any]) -> Floats:
    return np.ascontiguousarray(x, np.float32)


def pointers(addresses: Sequence[int]) -> Any:
    return (c_void_p * len(addresses))(*addresses)
