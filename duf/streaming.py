"""The streaming network at work on a run of frames: TensorFlow runs it, OpenCV measures the flow."""

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from duf import stream as networks
from duf import weights
from duf.flow import Flow, luma
from duf.stream import PHASES, Stream
from duf.upscaler import Rgb

LEARNT = 4  # the scale of the shipped weights; smaller ones are made from it


class Streaming:
    """Carries the state of `network` over a run; `scale` below the network's is reached by exact area averaging."""

    past = 12  # frames until the state has forgotten how it began
    future = 0

    def __init__(self, network: Stream, scale: int, sampling: str = "centre") -> None:
        self.network, self.scale = network, scale
        self.phase = tf.constant([PHASES[sampling]])
        self.step = tf.function(lambda *inputs: network(*inputs), reduce_retracing=False)

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        measure, last = Flow(), None
        for frame in frames:
            now, grey = tf.constant(frame[None]), luma(frame)
            before, grey_before, state = last or (now, grey, tf.zeros((*now.shape[:3], self.network.channels)))
            flow = tf.constant(measure(grey, grey_before)[None])
            picture, state = self.step(now, before, flow, state, self.phase)
            last = now, grey, state
            yield self.shrink(picture.numpy()[0])

    def shrink(self, picture: Rgb) -> Rgb:
        picture = np.clip(picture, 0, 1)
        if self.scale == self.network.scale:
            return picture
        height, width = (side // self.network.scale * self.scale for side in picture.shape[:2])
        smaller: Rgb = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        return smaller


def stream(scale: int, sampling: str = "centre") -> Streaming:
    """The shipped network."""
    network: Any = networks.build("stream", LEARNT)
    weights.load_into(network, weights.SHIPPED / f"stream-x{LEARNT}")
    return Streaming(network, scale, sampling)
