"""DUF at work on a run of frames: each picture from the seven frames around it."""

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from duf import weights
from duf.drawing import upsample
from duf.native import Threads, kernels
from duf.networks import DUF, FRAMES
from duf.upscaler import Rgb, Upscaler, same

REACH = FRAMES // 2
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}  # of Keras, by precision


class Windowed(Upscaler):
    """Enlarges by a DUF `network`; at the ends of a run the first and the last frame are repeated.

    The authors' networks put a source pixel on the first of the pixels that it stands for ("corner"). For sources
    sampled at the centre the picture is moved by whole pixels, which leaves at most half a pixel of the result.
    """

    past = REACH
    future = REACH

    def __init__(self, network: Any, scale: int, sampling: str = "centre") -> None:
        self.scale, self.library, self.threads = scale, kernels(), Threads()
        self.offset = (scale - 1) // 2 if sampling == "centre" else 0
        self.whole = tf.function(lambda window: network(window, training=False))
        outputs = [network.get_layer(name).output for name in ("filter_out", "residual_out")]
        heads = keras.Model(network.input, outputs)
        self.heads = tf.function(lambda window: [tf.cast(x[0], tf.float32) for x in heads(window, training=False)])

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        """Where nothing moves for so long that a window is the same again, so is its picture."""
        last: list[Rgb] = []
        for window in windows(frames):
            if not (last and same(window, last)):
                picture = self.moved(self.picture(window))
            last = window
            yield picture

    def picture(self, window: list[Rgb]) -> Rgb:
        """The middle frame of seven enlarged; its filters are applied by the kernel where there is one."""
        seen = tf.constant(np.stack(window)[None])
        if self.library is None:
            whole: Rgb = np.clip(self.whole(seen).numpy()[0], 0, 1)
            return whole
        logits, residual = (head.numpy() for head in self.heads(seen))
        drawn: Rgb = upsample(self.library, window[REACH], logits, residual, self.scale, self.threads, None)
        return drawn

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


def imported(name: str, scale: int, sampling: str = "centre", precision: str | None = None) -> Windowed:
    """The imported model of that name and scale. ModelError if its files are missing or damaged."""
    return _loaded(weights.imported() / f"{name}-x{scale}", sampling, precision)


def shipped(name: str, scale: int, sampling: str = "centre", precision: str | None = None) -> Windowed:
    """The model of that name and scale that comes with the code."""
    return _loaded(weights.SHIPPED / f"{name}-x{scale}", sampling, precision)


def _loaded(path: Path, sampling: str, precision: str | None) -> Windowed:
    card = weights.read_card(path)
    network = DUF(card.options["depth"], card.scale, POLICIES[precision or "float32"])
    weights.load_into(network, path)
    return Windowed(network, card.scale, sampling)
