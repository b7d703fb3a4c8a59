"""The streaming network: one pass a frame over a carried state, dynamic upsampling filters and a residual.

Where DUF sees seven frames at once, this network sees one and remembers: its state follows the picture by optical flow
rounded to whole pixels (an exact copy that never blurs), and the rest of the flow is told to it as two planes. The
frame after it is brought to it in the same way, by the flow that the next step follows, turned round. Its activations
are held between 0 and 1 like the colours of a pixel, so that bytes can stand for them all.
"""

from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from duf import weights
from duf.filters import DynamicUpsampling, depth_to_space
from duf.folding import Unfolded


class Design(NamedTuple):
    """What tells one network of the family from another."""

    channels: int  # of the state
    blocks: int  # residual blocks
    taps: int = 3  # a side, of the dynamic filters; 0: fixed filters, only the residual depends on the picture
    follows: bool = True  # whether the state is moved along the flow
    foresees: bool = True  # whether the frame after is seen
    bends: bool = False  # whether what was moved is moved further, by as much as is learnt
    returns: int = 0  # residual blocks of a way back, which has seen the frames to come; 0: there is none
    unfolds: bool = False  # whether its convolutions are learnt as sums with products of wider ones, as in training
    rounds: bool = False  # whether its activations are rounded to bytes, as those are that it is run in


# The last six are `stream-small` with one thing changed, to learn what that thing is worth at about the same cost.
DESIGNS = {
    "stream": Design(48, 4),
    "stream-compressed": Design(48, 4),
    "stream-corner": Design(48, 4),  # fitted to the paper's protocol; `stream` runs with it there
    "stream-light": Design(32, 3),
    "stream-light-corner": Design(32, 3),
    "stream-hq": Design(48, 8),
    "stream-hq-corner": Design(48, 8),
    "stream-small": Design(32, 2),
    "stream-fixed-filters": Design(33, 2, taps=0),
    "stream-5x5": Design(32, 2, taps=5),
    "stream-still-state": Design(32, 2, follows=False),
    "stream-no-look-ahead": Design(32, 2, foresees=False),
    "stream-learnt-motion": Design(32, 2, bends=True),
    "stream-returning": Design(32, 1, returns=1),  # as many blocks in all
}
PHASES = {"centre": 0.0, "corner": 1.0}  # where a low-resolution sample lies among the pixels that it stands for
FIXED_TAPS = 3  # a side, of the filters that do not depend on the picture
SHIFTS = 3  # a side: where a learnt motion may lead
FAINT = 0.02  # least weight of a tap at the start, so that it can still learn


class View(NamedTuple):
    """What the network is shown of one moment. Flow is in low-resolution pixels (x, y)."""

    frame: Any  # [B, h, w, 3] in 0..1
    previous: Any  # the frame before it, likewise
    flow: Any  # [B, h, w, 2]: what the frame shows at p, the one before showed at p + flow
    coming: Any  # the frame after it
    coming_flow: Any  # [B, h, w, 2], from that one to the frame


def turned(view: View) -> View:
    """The same moment where time runs backwards; its flow is nearly that which leads to the frame after."""
    return View(view.frame, view.coming, -view.coming_flow, view.previous, -view.flow)


def follow(x: Any, flow: Any) -> Any:
    """Moves `x` [B, h, w, C] along whole-pixel `flow` [B, h, w, 2] (x, y): out[p] = x[p + flow[p]], edges repeated."""
    batch, height, width, channels = ops.shape(x)
    columns = ops.clip(ops.arange(width)[None, None, :] + ops.cast(flow[..., 0], "int32"), 0, width - 1)
    rows = ops.clip(ops.arange(height)[None, :, None] + ops.cast(flow[..., 1], "int32"), 0, height - 1)
    first = ops.arange(batch)[:, None, None] * (height * width)
    at = ops.reshape(first + rows * width + columns, (-1,))
    return ops.reshape(ops.take(ops.reshape(x, (-1, channels)), at, axis=0), (batch, height, width, channels))


def shifted(x: Any, logits: Any) -> Any:
    """Each pixel of `x` [B, h, w, C] as a mean of the SHIFTS x SHIFTS around it, weighed by `logits` [B, h, w, 9]."""
    height, width = ops.shape(x)[1:3]
    reach = SHIFTS // 2
    wide = ops.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    around = [wide[:, row : row + height, column : column + width] for row, column in np.ndindex(SHIFTS, SHIFTS)]
    weights = ops.softmax(ops.cast(logits, "float32"))
    return ops.sum(ops.stack(around, -1) * weights[..., None, :], -1)


def held(*parts: Any) -> Any:
    """What a layer tells the next: the sum of its parts, cut at 0 and 1."""
    return ops.clip(sum(parts), 0, 1)


def rounded(*parts: Any) -> Any:
    """The same as bytes tell it, in half precision nearly so; the gradient is that of `held`."""
    x = held(*parts)
    return x + ops.stop_gradient(ops.round(x * 255) / 255 - x)


@keras.saving.register_keras_serializable("duf")
class Stream(keras.Model):
    """One step of the recurrence: `remember` makes the next state, `draw` the picture from it.

    `call` takes a view, the state [B, h, w, C] and the phase [B] (0 centre, 1 corner), and gives the enlarged frame
    [B, s h, s w, 3] (not clipped) and the next state. Where there is a way back it takes also the state that `recall`
    brought from later frames. Its convolutions compute in `precision`, a Keras policy ("float32", "mixed_bfloat16");
    what pixels pass through stays in float32.
    """

    def __init__(self, design: Design, scale: int = 4, precision: str = "float32", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.design, self.scale, self.precision = Design(*design), scale, precision
        self.channels, self.blocks = channels, blocks = self.design[:2]
        side = self.design.taps or FIXED_TAPS

        layer = Unfolded if self.design.unfolds else keras.layers.Conv2D
        self.held = rounded if self.design.rounds else held

        def conv(name: str, filters: int, size: int = 3, **options: Any) -> keras.layers.Conv2D:
            return layer(filters, size, padding="same", dtype=precision, name=name, **options)

        def tower(enter: str, body: str, blocks: int) -> tuple[Any, list[tuple[Any, Any]]]:
            return conv(enter, channels), [
                (conv(f"{body}{i}a", channels), conv(f"{body}{i}b", channels, kernel_initializer=small))
                for i in range(blocks)
            ]

        self.enter, self.body = tower("enter", "body", blocks)
        if self.design.returns:
            self.back_enter, self.back_body = tower("back_enter", "back", self.design.returns)
        if self.design.bends:
            self.shift = conv("shift", SHIFTS**2, kernel_initializer=small, bias_initializer=staying)
        if self.design.taps:
            self.taps = conv("taps", side**2 * scale**2, 1, kernel_initializer=small, use_bias=False)
        shape = (2, side**2 * scale**2)
        self.resting = self.add_weight(shape, lambda shape, dtype=None: interpolation(scale, side), name="resting")
        self.residual = conv("residual", 3 * scale**2, kernel_initializer=small)
        self.upsample = DynamicUpsampling(side, scale, dtype="float32")

    def call(self, view: View, state: Any, phase: Any, coming_state: Any = None) -> tuple[Any, Any]:
        state = self.remember(view, state, phase, coming_state)
        return self.draw(view.frame, state, phase), state

    def remember(self, view: View, state: Any, phase: Any, coming_state: Any = None) -> Any:
        """The next state. `coming_state`: that of the way back, for the same frame."""
        seen = self.look(view, state, phase)
        if self.design.returns:
            seen = ops.concatenate([seen, ops.cast(coming_state, "float32")], -1)
        return self.think(seen, self.enter, self.body)

    def recall(self, view: View, state: Any, phase: Any) -> Any:
        """The next state of the way back, for which time runs backwards: `view.previous` is the frame after."""
        return self.think(self.look(view, state, phase), self.back_enter, self.back_body)

    def think(self, seen: Any, enter: Any, body: Any) -> Any:
        """The state that follows from what is seen, by the layers of one way."""
        x = self.held(enter(seen))
        for first, second in body:
            x = self.held(x, second(self.held(first(x))))
        return x

    def look(self, view: View, state: Any, phase: Any) -> Any:
        """All that a state follows from, where it belongs: [B, h, w, 14 + C]."""
        if not self.design.foresees:
            view = view._replace(coming=view.frame, coming_flow=ops.zeros_like(view.flow))
        back, ahead = (flow if self.design.follows else ops.zeros_like(flow) for flow in (view.flow, -view.coming_flow))
        past = follow(ops.concatenate([view.previous, ops.cast(state, "float32")], -1), ops.round(back))
        if self.design.bends:
            past = shifted(past, self.shift(ops.concatenate([view.frame, past], -1)))
        coming = follow(view.coming, ops.round(ahead))
        plane = ops.broadcast_to(phase[:, None, None, None], (*ops.shape(view.frame)[:3], 1))
        rests = [flow - ops.round(flow) for flow in (back, ahead)]
        return ops.concatenate([view.frame, *rests, plane, coming, past], -1)

    def draw(self, frame: Any, state: Any, phase: Any) -> Any:
        """The enlarged frame, from the state that has seen it."""
        return self.paint(frame, *self.plan(state, phase))

    def plan(self, state: Any, phase: Any) -> tuple[Any, Any, Any]:
        """What a state asks for: what its filters' logits [B, h, w, k k s s] differ by from those of the phase, these
        [B, k k s s], and the residual [B, h, w, 3 s s].
        """
        resting, residual = ops.matmul(ops.stack([1 - phase, phase], -1), self.resting), self.residual(state)
        if not self.design.taps:
            return ops.zeros((*ops.shape(state)[:3], resting.shape[-1]), residual.dtype), resting, residual
        return self.taps(state), resting, residual

    def paint(self, frame: Any, taps: Any, resting: Any, residual: Any) -> Any:
        """The enlarged frame, from what was planned; no gradient is asked of the frame."""
        logits = ops.cast(taps, "float32") + resting[:, None, None]
        sharp = depth_to_space(ops.cast(residual, "float32"), self.scale)
        return self.upsample(ops.stop_gradient(frame), logits) + sharp

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "design": self.design, "scale": self.scale, "precision": self.precision}


def build(name: str, scale: int, precision: str = "float32", **changed: Any) -> Stream:
    """The streaming network of that name, with its variables made; `changed`: what else than its design says."""
    design = DESIGNS[name]._replace(**changed)
    network = Stream(design, scale, precision, name=name.replace("-", "_"))
    frame = ops.zeros((1, 8, 8, 3))
    view = View(frame, frame, frame[..., :2], frame, frame[..., :2])
    state = ops.zeros((1, 8, 8, design.channels))
    if design.returns:
        network.recall(view, state, ops.zeros((1,)))
    network(view, state, ops.zeros((1,)), state)
    return network


def restored(path: Path) -> Stream:
    """The streaming network whose weights PATH.npz holds, as its card tells. ModelError as `load_into`."""
    card = weights.read_card(path)
    network = build(card.name, card.scale, **size(card))
    weights.load_into(network, path)
    return network


def size(card: weights.Card) -> dict[str, Any]:
    """What a card tells of a network's size, which its design may have outgrown."""
    return {name: card.options[name] for name in ("channels", "blocks") if name in card.options}


def folded(network: Stream, name: str) -> Stream:
    """The plain network of that name that computes what this one does, its convolutions multiplied out."""
    plain = build(name, network.scale, channels=network.channels, blocks=network.blocks)
    parts = {weights.name_within(network, variable): variable for variable in network.weights}
    wide = [layer for layer in network._flatten_layers() if isinstance(layer, Unfolded)]
    parts |= {f"{layer.name}/kernel": layer.kernel for layer in wide}
    for variable in plain.weights:
        variable.assign(parts[weights.name_within(plain, variable)])
    return plain


def interpolation(scale: int, side: int) -> Any:
    """Logits [2, side side s s] of the filters that interpolate linearly, for each phase: where training begins."""
    rows = []
    for phase in PHASES:
        lead = 0.0 if phase == "corner" else (scale - 1) / 2
        at = (np.arange(scale) - lead) / scale  # of each sub-pixel, from the sample, in samples
        hat = np.maximum(1 - np.abs(np.arange(side)[:, None] - side // 2 - at), FAINT)  # [side, s]
        rows.append(np.log(hat[:, None, :, None] * hat[None, :, None, :]).ravel())  # tap row, tap column, v, u
    return np.stack(rows).astype(np.float32)


def small(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Starts a residual branch at a tenth of the usual size, so that training begins near the identity."""
    return 0.1 * keras.initializers.HeNormal(seed=7)(shape, dtype)


def staying(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Logits of `shifted` that leave nearly all where it is: where training begins."""
    return 4.0 * ops.cast(ops.arange(shape[0]) == shape[0] // 2, dtype or "float32")
