"""How each network learns from a sample: what it is shown, what it gives, and what that is compared with.

A sample is frames [B, T, h, w, 3] in 0..1, flow [B, T, h, w, 2] and phase [B]; its truth is [B, T, s h, s w, 3].
"""

from typing import Any

import keras
from keras import ops

from duf.design import BODIES
from duf.errors import ModelError
from duf.folding import multiplied_out
from duf.networks import DUF
from duf.stream import DESIGNS, Stream, View, build, turned
from duf.training import quick
from duf.training.fused import fused

WINDOWED = {f"duf-{depth}": depth for depth in BODIES}


class Unrolled(keras.Model):
    """A recurrent step run over the frames of a sample, so that gradients pass through time: [B, T, s h, s w, 3].

    Every `truncate` frames the gradient stops; 0 lets it reach the first frame.
    """

    def __init__(self, network: Stream, truncate: int = 0) -> None:
        super().__init__()
        self.network, self.truncate = network, truncate
        network.held = fused(network.held)
        self.paint = quick.painter(network) if quick.paints(network) else fused(network.paint)
        self.built = True  # its variables are the network's

    def call(self, sample: tuple[Any, Any, Any], training: bool = False) -> Any:
        with multiplied_out(self.network._flatten_layers()):
            return self.pictures(*sample)

    def pictures(self, frames: Any, flow: Any, phase: Any) -> Any:
        batch, count, height, width, _ = frames.shape
        nothing = ops.zeros((batch, height, width, self.network.channels))
        views = [view(frames, flow, t) for t in range(count)]
        state, states, coming = nothing, [], self.recalled(views, nothing, phase)
        for t in range(count):
            if self.truncate and t and t % self.truncate == 0:
                state = ops.stop_gradient(state)
            state = self.network.remember(views[t], state, phase, coming[t])
            states.append(state)
        planned = self.network.plan(fold(ops.stack(states, 1)), ops.repeat(phase, count))
        pictures = self.paint(fold(frames), *planned)
        return ops.reshape(pictures, (batch, count, *pictures.shape[1:]))

    def recalled(self, views: list[View], state: Any, phase: Any) -> list[Any]:
        """The states of the way back; none where there is no such way."""
        states = []
        for seen in reversed(views) if self.network.design.returns else []:
            state = self.network.recall(turned(seen), state, phase)
            states.append(state)
        return states[::-1] or [None] * len(views)

    def truth(self, pictures: Any) -> Any:
        return pictures


class Centred(keras.Model):
    """A DUF shown the seven frames of a sample, which gives the middle one: [B, 1, s h, s w, 3]."""

    def __init__(self, network: keras.Model) -> None:
        super().__init__()
        self.network = network
        self.built = True

    def call(self, sample: tuple[Any, Any, Any], training: bool = False) -> Any:
        return self.network(sample[0], training=training)[:, None]

    def truth(self, pictures: Any) -> Any:
        middle = pictures.shape[1] // 2
        return pictures[:, middle : middle + 1]


def view(frames: Any, flow: Any, t: int) -> View:
    """What there is to see at time `t`; what would lie outside of the sample is the frame itself, at rest."""
    before, after = max(t - 1, 0), min(t + 1, frames.shape[1] - 1)
    coming_flow = flow[:, after] if after > t else ops.zeros_like(flow[:, t])
    return View(frames[:, t], frames[:, before], flow[:, t], frames[:, after], coming_flow)


def fold(x: Any) -> Any:
    """[B, T, ...] as [B T, ...]: what needs no memory is computed for all frames at once."""
    return ops.reshape(x, (-1, *x.shape[2:]))


def learner(name: str, scale: int, precision: str = "float32", truncate: int = 0, **changed: Any) -> Any:
    """The network of that name, new, as something that learns; ModelError if there is none.

    `changed`: what is not as in the design of a streaming one. It can be unfolded (`unfolds`): its convolutions are
    then learnt wide (duf/folding.py). It can round its activations to bytes (`rounds`), and learn to do with those.
    """
    if name in WINDOWED:
        return Centred(DUF(WINDOWED[name], scale, precision))
    if name in DESIGNS:
        return Unrolled(build(name, scale, precision, **changed), truncate)
    raise ModelError(f"There is no network called {name}: choose one of {', '.join([*DESIGNS, *WINDOWED])}.")
