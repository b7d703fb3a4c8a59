"""The streaming network: one pass a frame over a carried state, dynamic upsampling filters and a residual.

Where DUF sees seven frames at once, this network sees one and remembers: its state follows the picture by optical flow
rounded to whole pixels (an exact copy that never blurs), and the rest of the flow is told to it as two planes.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from duf.filters import DynamicUpsampling, depth_to_space

WIDTHS = {"stream": (32, 2), "stream-hq": (48, 5)}  # channels of the state, residual blocks
PHASES = {"centre": 0.0, "corner": 1.0}  # where a low-resolution sample lies among the pixels that it stands for
TAPS = 3
FAINT = 0.02  # least weight of a tap at the start, so that it can still learn


def follow(x: Any, flow: Any) -> Any:
    """Moves `x` [B, h, w, C] along whole-pixel `flow` [B, h, w, 2] (x, y): out[p] = x[p + flow[p]], edges repeated."""
    batch, height, width, channels = ops.shape(x)
    columns = ops.clip(ops.arange(width)[None, None, :] + ops.cast(flow[..., 0], "int32"), 0, width - 1)
    rows = ops.clip(ops.arange(height)[None, :, None] + ops.cast(flow[..., 1], "int32"), 0, height - 1)
    first = ops.arange(batch)[:, None, None] * (height * width)
    at = ops.reshape(first + rows * width + columns, (-1,))
    return ops.reshape(ops.take(ops.reshape(x, (-1, channels)), at, axis=0), (batch, height, width, channels))


@keras.saving.register_keras_serializable("duf")
class Stream(keras.Model):
    """One step of the recurrence: `remember` makes the next state, `draw` the picture from it.

    `call` takes a frame [B, h, w, 3] in 0..1, the previous frame likewise, the flow to it in pixels [B, h, w, 2] (the
    picture at p was at p + flow), the state [B, h, w, C] and the phase [B] (0 centre, 1 corner), and gives the
    enlarged frame [B, s h, s w, 3] (not clipped) and the next state. Its convolutions compute in `precision`, a Keras
    policy ("float32", "mixed_bfloat16"); what pixels pass through stays in float32.
    """

    def __init__(
        self, channels: int = 32, blocks: int = 2, scale: int = 4, precision: str = "float32", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.channels, self.blocks, self.scale, self.precision = channels, blocks, scale, precision

        def conv(name: str, filters: int, size: int = 3, **options: Any) -> keras.layers.Conv2D:
            return keras.layers.Conv2D(filters, size, padding="same", dtype=precision, name=name, **options)

        self.enter = conv("enter", channels, activation="relu")
        self.body = [
            (
                conv(f"body{i}a", channels, activation="relu"),
                conv(f"body{i}b", channels, kernel_initializer=small),
            )
            for i in range(blocks)
        ]
        self.taps = conv("taps", TAPS**2 * scale**2, 1, kernel_initializer=small, use_bias=False)
        shape = (2, TAPS**2 * scale**2)
        self.resting = self.add_weight(shape, lambda shape, dtype=None: interpolation(scale), name="resting")
        self.residual = conv("residual", 3 * scale**2, kernel_initializer=small)
        self.upsample = DynamicUpsampling(TAPS, scale, dtype="float32")

    def call(self, frame: Any, previous: Any, flow: Any, state: Any, phase: Any) -> tuple[Any, Any]:
        state = self.remember(frame, previous, flow, state, phase)
        return self.draw(frame, state, phase), state

    def remember(self, frame: Any, previous: Any, flow: Any, state: Any, phase: Any) -> Any:
        """The next state."""
        whole = ops.round(flow)
        past = follow(ops.concatenate([previous, ops.cast(state, "float32")], -1), whole)
        plane = ops.broadcast_to(phase[:, None, None, None], (*ops.shape(frame)[:3], 1))
        x = self.enter(ops.concatenate([frame, flow - whole, plane, past], -1))
        for first, second in self.body:
            x = ops.relu(x + second(first(x)))
        return x

    def draw(self, frame: Any, state: Any, phase: Any) -> Any:
        """The enlarged frame, from the state that has seen it."""
        sharp = depth_to_space(ops.cast(self.residual(state), "float32"), self.scale)
        corner = phase[:, None, None, None]
        resting = (1 - corner) * self.resting[0] + corner * self.resting[1]
        return self.upsample(frame, ops.cast(self.taps(state), "float32") + resting) + sharp

    def get_config(self) -> dict[str, Any]:
        own = {"channels": self.channels, "blocks": self.blocks, "scale": self.scale, "precision": self.precision}
        return {**super().get_config(), **own}


def build(name: str, scale: int, precision: str = "float32") -> Stream:
    """The streaming network of that name, with its variables made."""
    channels, blocks = WIDTHS[name]
    network = Stream(channels, blocks, scale, precision, name=name.replace("-", "_"))
    frame = ops.zeros((1, 8, 8, 3))
    network(frame, frame, frame[..., :2], ops.zeros((1, 8, 8, channels)), ops.zeros((1,)))
    return network


def interpolation(scale: int) -> Any:
    """Logits [2, 9 s s] of the filters that interpolate linearly, for each phase: where training begins."""
    rows = []
    for phase in PHASES:
        lead = 0.0 if phase == "corner" else (scale - 1) / 2
        at = (np.arange(scale) - lead) / scale  # of each sub-pixel, from the sample, in samples
        hat = np.maximum(1 - np.abs(np.arange(-1, 2)[:, None] - at), FAINT)  # [3, s]
        rows.append(np.log(hat[:, None, :, None] * hat[None, :, None, :]).ravel())  # tap row, tap column, v, u
    return np.stack(rows).astype(np.float32)


def small(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Starts a residual branch at a tenth of the usual size, so that training begins near the identity."""
    return 0.1 * keras.initializers.HeNormal(seed=7)(shape, dtype)
