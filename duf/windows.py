"""DUF at work on a run of frames: each picture from the seven frames around it."""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import cv2
import numpy as np

from duf import weights
from duf.design import FRAMES
from duf.devices import gpu
from duf.errors import ModelError
from duf.native import kernels
from duf.sharing import Column, Known, Shared
from duf.tiles import Tile, tiles
from duf.upscaler import Rgb, Upscaler, same

T = TypeVar("T")

REACH = FRAMES // 2
LARGEST = 426 * 240  # pixels of a part; a larger one takes more memory and is no faster
KEPT = 2 * LARGEST  # pixels of a frame whose glances are kept, about 4.5 kB each
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}  # of Keras, by precision


class Seen(NamedTuple):
    """A frame, and what each of its parts shows by itself; empty where keeping that would take too much memory."""

    frame: Rgb
    glances: list[Column]


class Windowed(Upscaler):
    """Enlarges by a DUF network that `engine` runs; at the ends of a run the first and the last frame are repeated.

    The authors' networks put a source pixel on the first of the pixels that it stands for ("corner"), and know sources
    that a Gaussian made small. Sources sampled at the centre are means of what they stand for, which is sharper: they
    are blurred by what is missing, and the picture is moved, by Lanczos where that is half a pixel.
    """

    past = REACH
    future = REACH

    def __init__(self, engine: Shared, scale: int, sampling: str = "centre") -> None:
        self.engine, self.scale = engine, scale
        self.offset = (scale - 1) / 2 if sampling == "centre" else 0.0
        self.side = missing_blur(scale) if sampling == "centre" else 0.0
        self.window: list[Seen] = []  # the last one
        self.known: dict[int, Known] = {}  # of it, by the number of the part

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        """Where nothing moves for so long that a window is the same again, so is its picture."""
        last: list[Rgb] = []
        for window in windows(self.seen(self.blurred(frame)) for frame in frames):
            now = [seen.frame for seen in window]
            if not (last and same(now, last)):
                picture = self.moved(self.picture(window))
            last = now
            yield picture

    def blurred(self, frame: Rgb) -> Rgb:
        if not self.side:
            return frame
        kernel = np.array([self.side, 1 - 2 * self.side, self.side], np.float32)
        soft: Rgb = cv2.sepFilter2D(frame, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
        return soft

    def seen(self, frame: Rgb) -> Seen:
        height, width = frame.shape[:2]
        if height * width > KEPT:
            return Seen(frame, [])
        return Seen(frame, [self.glance(frame, tile) for tile in self.tiles(frame)])

    def picture(self, window: list[Seen]) -> Rgb:
        """The middle frame of seven enlarged, part by part."""
        frame = window[REACH].frame
        moved_on = all(a is b for a, b in zip(window, self.window[1:], strict=False))
        height, width = frame.shape[:2]
        whole = np.empty((height * self.scale, width * self.scale, 3), np.float32)
        for number, tile in enumerate(self.tiles(frame)):
            glances = [seen.glances[number] if seen.glances else self.glance(seen.frame, tile) for seen in window]
            known = self.known.get(number, []) if moved_on else []
            drawn, known = self.engine.enlarged(frame[tile.around], glances, known)
            self.known[number] = known if window[-1].glances else []
            whole[self.larger(tile.inside)] = drawn[self.larger(tile.kept)]
        self.window = window
        return whole

    def tiles(self, frame: Rgb) -> Iterator[Tile]:
        height, width = frame.shape[:2]
        return tiles(height, width, self.engine.reach, LARGEST)

    def glance(self, frame: Rgb, tile: Tile) -> Column:
        return self.engine.glance(frame[tile.around])

    def larger(self, part: tuple[slice, ...]) -> tuple[slice, ...]:
        """The same part of the picture."""
        return tuple(slice(self.scale * side.start, self.scale * side.stop) for side in part)

    def moved(self, picture: Rgb) -> Rgb:
        if not self.offset:
            return picture
        height, width = picture.shape[:2]
        by = np.array([[1, 0, self.offset], [0, 1, self.offset]])
        moved = cv2.warpAffine(picture, by, (width, height), flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
        clipped: Rgb = np.clip(moved, 0, 1, out=moved)
        return clipped


def missing_blur(scale: int) -> float:
    """How much each neighbour is to weigh so that means of `scale` pixels are blurred like the paper's sources.

    Of the finest stripes that there can be the Gaussian of 0.4 source pixels leaves exp(-(0.4 pi)^2 / 2), a mean
    1 / (scale sin(pi / (2 scale))), and the taps [side, 1 - 2 side, side] leave 1 - 4 side.
    """
    gaussian, mean = math.exp(-((0.4 * math.pi) ** 2) / 2), 1 / (scale * math.sin(math.pi / (2 * scale)))
    return (1 - gaussian / mean) / 4


def windows(frames: Iterable[T]) -> Iterator[list[T]]:
    """The seven frames around each frame."""
    window: deque[T] = deque(maxlen=FRAMES)
    for frame in frames:
        window.extend([frame] * (1 if window else REACH + 1))
        if len(window) == FRAMES:
            yield list(window)
    for _ in range(REACH if window else 0):
        window.append(window[-1])
        if len(window) == FRAMES:
            yield list(window)


def imported(name: str, scale: int, sampling: str = "centre", precision: str | None = None) -> Windowed:
    """The imported model of that name and scale. ModelError if its files are missing or damaged."""
    return _loaded(weights.imported() / f"{name}-x{scale}", sampling, precision)


def shipped(name: str, scale: int, sampling: str = "centre", precision: str | None = None) -> Windowed:
    """The model of that name and scale that comes with the code."""
    return _loaded(weights.SHIPPED / f"{name}-x{scale}", sampling, precision or fastest())


def fastest() -> str:
    """The precision that a shipped model runs in on this machine where nothing else is said."""
    return "int8" if kernels() is not None and gpu() is None else "float32"


def _loaded(path: Path, sampling: str, precision: str | None) -> Windowed:
    return integers(path, sampling) if precision == "int8" else reference(path, sampling, precision or "float32")


def reference(path: Path, sampling: str, precision: str) -> Windowed:
    """The Keras network's own layers."""
    from duf.networks import DUF
    from duf.tensors import windowed

    card = weights.read_card(path)
    network = DUF(card.options["depth"], card.scale, POLICIES[precision])
    weights.load_into(network, path)
    return windowed(network, card.scale, sampling)


def integers(path: Path, sampling: str) -> Windowed:
    """The network in 8-bit integers. ModelError where the kernels are not there."""
    from duf.bytewise import Bytewise

    library = kernels()
    if library is None:
        raise ModelError("The fast kernels are not built or not for this processor; choose float32.")
    card, arrays = weights.read(path)
    return Windowed(Bytewise(library, arrays, card.scale), card.scale, sampling)
