"""DUF at work on a run of frames: each picture from the seven frames around it."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from duf import weights
from duf.networks import DUF, FRAMES
from duf.upscaler import Rgb

REACH = FRAMES // 2


class Windowed:
    """Enlarges by a DUF `network`; at the ends of a run the first and the last frame are repeated.

    The authors' networks put a source pixel on the first of the pixels that it stands for ("corner"). For sources
    sampled at the centre the picture is moved by whole pixels, which leaves at most half a pixel of the result.
    """

    past = REACH
    future = REACH

    def __init__(self, network: Any, scale: int, sampling: str = "centre") -> None:
        self.scale = scale
        self.offset = (scale - 1) // 2 if sampling == "centre" else 0
        self.step = tf.function(lambda window: network(window, training=False))

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        for window in windows(frames):
            picture: Rgb = np.clip(self.step(tf.constant(np.stack(window)[None])).numpy()[0], 0, 1)
            yield self.moved(picture)

    def moved(self, picture: Rgb) -> Rgb:
        if not self.offset:
            return picture
        height, width = picture.shape[:2]
        return np.pad(picture, ((self.offset, 0), (self.offset, 0), (0, 0)), mode="edge")[:height, :width]


def windows(frames: Iterable[Rgb]) -> Iterator[list[Rgb]]:
    """The seven frames around each frame."""
    window: deque[Rgb] = deque(maxlen=FRAMES)
    for frame in frames:
        window.extend([frame] * (1 if window else REACH + 1))
        if len(window) == FRAMES:
            yield list(window)
    for _ in range(REACH if window else 0):
        window.append(window[-1])
        if len(window) == FRAMES:
            yield list(window)


def imported(name: str, scale: int, sampling: str = "centre") -> Windowed:
    """The imported model of that name and scale. ModelError if its files are missing or damaged."""
    path = weights.imported() / f"{name}-x{scale}"
    options = weights.read_card(path).options
    network = DUF(options["depth"], options["scale"])
    weights.load_into(network, path)
    return Windowed(network, scale, sampling)
