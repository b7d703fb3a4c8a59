"""The streaming network run by TensorFlow as Keras defines it: what every faster engine is compared with."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from duf.media.colour import Coding, from_rgb
from duf.stream import PHASES, Stream
from duf.streaming import Streaming
from duf.upscaler import Rgb, even


def streaming(network: Stream, scale: int, sampling: str = "centre") -> Streaming:
    """Any streaming network at work, as it is in Keras."""
    return Streaming(Keras(network, sampling), scale)


class Keras:
    """An engine (see duf/streaming.py) that carries the state of a Keras network."""

    def __init__(self, network: Stream, sampling: str = "centre", eager: bool = False) -> None:
        self.network, self.scale = network, network.scale
        self.phase = tf.constant([PHASES[sampling]])
        self.step = network if eager else tf.function(lambda *inputs: network(*inputs), reduce_retracing=False)

    def begin(self, height: int, width: int) -> None:
        self.state = tf.zeros((1, height, width, self.network.channels))
        self.previous: Any = None

    def remember(self, frame: Rgb, flow: Rgb) -> None:
        now = tf.constant(frame[None])
        before = now if self.previous is None else self.previous
        self.picture, self.state = self.step(now, before, tf.constant(flow[None]), self.state, self.phase)
        self.previous = now

    def draw(self, times: int, code: Coding | None) -> Callable[[], Any]:
        picture = np.clip(self.picture.numpy()[0], 0, 1)
        if times < self.scale:
            height, width = (side // self.scale * times for side in picture.shape[:2])
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        return lambda: picture if code is None else from_rgb(even(picture), code)
