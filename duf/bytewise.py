"""DUF in 8-bit integers, read from its weight file without Keras."""

from collections.abc import Sequence
from ctypes import CDLL
from typing import Any

import numpy as np

from duf.dense import (
    Arrays,
    Halves,
    Looking,
    Mixing,
    Normalisation,
    Telling,
    Workshop,
    added,
    halves,
    normalisation,
)
from duf.drawing import upsample
from duf.native import LANES
from duf.sharing import TERMS, Column, Known, Shared, Window
from duf.upscaler import Rgb

Features = tuple[Halves, ...]  # planes [n, h, w, LANES] of the entry and of every look since


class Bytewise(Shared):
    """The network of `arrays` by their names in Keras."""

    def __init__(self, library: CDLL, arrays: Arrays, scale: int, threads: int = 0) -> None:
        self.shop, self.scale = Workshop(library, threads), scale
        arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
        self.blocks = sum(name.endswith("_look/kernel") for name in arrays)
        self.entry = entry(self.shop, arrays)
        self.each = [block(self.shop, arrays, f"block{number}") for number in range(1, self.blocks + 1)]
        norm, kernel, bias = normalisation(arrays, "exit_norm"), arrays["exit/kernel"], arrays["exit/bias"]
        self.exit = Looking(self.shop, norm, kernel[None], bias[None])
        self.filter, self.residual = (Telling(self.shop, arrays, head) for head in ("filter", "residual"))

    def entered(self, frame: Rgb) -> Features:
        plane = np.zeros((1, *frame.shape[:2], LANES), np.uint16)
        plane[0, ..., :3] = halves(frame)
        return (self.entry.planes([plane], [0]),)

    def column(self, number: int, features: Features, terms: Sequence[int]) -> Column:
        made = np.split(self.each[number].planes(features, terms), len(terms))
        found = dict(zip(terms, made, strict=True))
        return Column(features, [found.get(term) for term in TERMS])

    def looked(self, window: Window, at: int) -> Features:
        before = window[at - 1].terms[0] if at else None
        after = window[at + 1].terms[2] if at + 1 < len(window) else None
        return *window[at].features, added(self.shop, window[at].terms[1], before, after)

    def told(self, features: Features) -> tuple[Any, Any]:
        height, width = features[0].shape[1:3]
        x = self.exit.flat(features)
        return self.filter(x, height, width, halves=True), self.residual(x, height, width, halves=False)

    def enlarged(self, frame: Rgb, window: Window, known: Known) -> tuple[Rgb, Known]:
        logits, residual, known = self.heads(window, known)
        picture: Rgb = upsample(self.shop.library, frame, logits, residual, self.scale, self.shop.threads, None)
        return picture, known


def entry(shop: Workshop, arrays: Arrays) -> Looking:
    """The first layer sees the frame itself, 0..1, in a plane of its own."""
    ones = np.ones(LANES, np.float32)
    kernel, bias = arrays["entry/kernel"], arrays["entry/bias"]
    lanes = np.pad(kernel, [(0, 0)] * 3 + [(0, LANES - kernel.shape[3]), (0, 0)])
    return Looking(shop, Normalisation(ones, 0 * ones, ones), lanes, bias[None])


def block(shop: Workshop, arrays: Arrays, name: str) -> Looking:
    """A dense block; the bias of its look counts once, with the moment itself."""
    mixing = Mixing(
        arrays[f"{name}_mix/kernel"][0, 0, 0], arrays[f"{name}_mix/bias"], normalisation(arrays, f"{name}_norm2")
    )
    bias = np.outer([0, 1, 0], arrays[f"{name}_look/bias"])
    return Looking(shop, normalisation(arrays, f"{name}_norm1"), arrays[f"{name}_look/kernel"], bias, mixing)
