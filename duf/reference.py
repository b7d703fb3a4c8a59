"""The streaming network run by TensorFlow as Keras defines it: what every faster engine is compared with."""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import Any

import cv2
import numpy as np
import tensorflow as tf

from duf.flow import Flow
from duf.media.colour import Coding, from_rgb
from duf.stream import PHASES, Stream, View, turned
from duf.streaming import Glance, Streaming, glances, with_coming
from duf.upscaler import Rgb, Upscaler, even


def streaming(network: Stream, scale: int, sampling: str = "centre", fine: bool = False) -> Streaming:
    """Any streaming network at work, as it is in Keras; `fine`: how flow is measured."""
    return Streaming(Keras(network, sampling), scale, fine)


class Keras:
    """An engine (see duf/streaming.py) that carries the state of a Keras network."""

    def __init__(self, network: Stream, sampling: str = "centre", eager: bool = False) -> None:
        self.network, self.scale = network, network.scale
        self.phase = tf.constant([PHASES[sampling]])
        self.step = network if eager else tf.function(lambda *inputs: network(*inputs), reduce_retracing=False)

    def twin(self) -> "Keras":
        return copy(self)

    def begin(self, height: int, width: int) -> None:
        self.state = tf.zeros((1, height, width, self.network.channels))
        self.previous: Any = None

    def remember(self, now: Glance, coming: Glance) -> None:
        frame, flow, after, coming_flow = (tf.constant(x[None]) for x in (*now[:2], *coming[:2]))
        view = View(frame, frame if self.previous is None else self.previous, flow, after, coming_flow)
        self.picture, self.state = self.step(view, self.state, self.phase)
        self.previous = frame

    def draw(self, times: int, code: Coding | None) -> Callable[[], Any]:
        picture = np.clip(self.picture.numpy()[0], 0, 1)
        if times < self.scale:
            height, width = (side // self.scale * times for side in picture.shape[:2])
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        made = picture if code is None else from_rgb(even(picture), code)
        return lambda: made


class Returning(Upscaler):
    """A network with a way back over a whole run, which is held: to judge its pictures, not its pace."""

    past, future = Streaming.past, 0

    def __init__(self, network: Stream, scale: int, sampling: str) -> None:
        self.network, self.scale = network, scale
        self.phase = tf.constant([PHASES[sampling]])
        self.step, self.back = tf.function(lambda *inputs: network(*inputs)), tf.function(network.recall)

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        views = self.views(frames)
        if not views:
            return
        nothing = tf.zeros((*views[0].frame.shape[:3], self.network.channels))
        coming = [nothing]
        for view in reversed(views):
            coming.append(self.back(turned(view), coming[-1], self.phase))
        state = nothing
        for view in views:
            picture, state = self.step(view, state, self.phase, coming.pop())
            yield np.clip(picture.numpy()[0], 0, 1)

    def views(self, frames: Iterable[Rgb]) -> list[View]:
        seen, previous = [], None
        for now, after in with_coming(glances(frames, lambda frame: frame, Flow())):
            frame, flow, coming, coming_flow = (tf.constant(x[None]) for x in (*now[:2], *after[:2]))
            seen.append(View(frame, frame if previous is None else previous, flow, coming, coming_flow))
            previous = frame
        return seen
