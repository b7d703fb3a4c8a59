"""DUF without looking at a moment seven times: windows share what they agree on, exact to rounding.

A column is what the network makes of one of the seven moments of a window. A block makes the next column of one from it
and the two beside it, so after block b the columns b to 6 - b have not felt the window's ends: they are those of the
next window, one place further on, and computed once.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from duf.networks import FRAMES


class Column(NamedTuple):
    """What is known of a moment [h, w, channels], and what the next look around in time takes of it.

    That look is a sum, look[i] = before[i - 1] + now[i] + after[i + 1] + bias, without the terms beyond the ends.
    """

    features: Any
    before: Any = None  # [h, w, growth], as are the others
    now: Any = None
    after: Any = None


Window = Sequence[Column]


class Block:
    """A dense block of a built network, its second normalisation folded into the mixing."""

    def __init__(self, layer: Any, name: str) -> None:
        mix, self.looks = layer(f"{name}_mix"), layer(f"{name}_look")
        self.norm1, self.dtype = layer(f"{name}_norm1"), mix.compute_dtype
        scale, shift = folded(layer(f"{name}_norm2"))
        self.kernel = tf.constant(tf.cast(mix.kernel[0] * scale, self.dtype))
        self.shift = tf.constant(tf.cast(mix.bias * scale + shift, self.dtype))

    def mixed(self, x: Any) -> Any:
        """[n, h, w, channels], likewise."""
        return convolved(normalised(x, self.norm1), self.kernel, self.shift)

    def columns(self, features: list[Any]) -> list[Column]:
        """Columns with the terms that this block takes of them."""
        kernel = tf.concat(tf.unstack(tf.cast(self.looks.kernel, self.dtype)), -1)  # [3, 3, channels, 3 growth]
        terms = tf.split(tf.nn.conv2d(self.mixed(tf.stack(features)), kernel, 1, "SAME"), 3, -1)
        return [Column(*parts) for parts in zip(features, *map(tf.unstack, terms), strict=True)]

    def looked(self, window: Window, at: int) -> Any:
        """What is known after this block of a window's moment."""
        look = window[at].now + tf.cast(self.looks.bias, self.dtype)
        look += window[at - 1].before if at else 0
        look += window[at + 1].after if at + 1 < len(window) else 0
        return tf.concat([window[at].features, look], -1)

    def shortened(self, x: Any) -> Any:
        """[n, h, w, channels] to [n - 2, h, w, more]: no look beyond the ends."""
        around = tf.pad(self.mixed(x), [[0, 0], [1, 1], [1, 1], [0, 0]])
        look = tf.nn.conv3d(around[None], tf.cast(self.looks.kernel, self.dtype), [1] * 5, "VALID")[0]
        return tf.concat([x[1:-1], look + tf.cast(self.looks.bias, self.dtype)], -1)


class Shared:
    """A DUF `network` whose windows share what they see: the logits of its filters, and its residual."""

    def __init__(self, network: Any) -> None:
        self.layer = network.get_layer
        padded = [layer.name.removesuffix("_pad") for layer in network.layers if layer.name.endswith("_pad")]
        blocks = [(Block(self.layer, name), self.layer(f"{name}_pad").padding[0][0]) for name in padded]
        self.looking = [block for block, beyond in blocks if beyond]
        self.shortening = [block for block, beyond in blocks if not beyond]
        self.reach = len(blocks) + 2  # pixels: each look one, and the entry and the exit
        self.glance = tf.function(self._glance)
        self.heads = tf.function(self._heads)

    def _glance(self, frame: Any) -> Column:
        """What a frame [h, w, 3] in 0..1 shows by itself."""
        entry = self.layer("entry")(frame[None, None])[0, 0]
        (column,) = self.looking[0].columns([entry])
        return column

    def _heads(self, window: Window, known: list[list[Column]]) -> tuple[Any, Any, list[list[Column]]]:
        """Of seven glances: [h, w, taps taps s s] as the network computes them, [h, w, 3 s s] float32, and what the
        next window may know already. `known`: that of the window before; empty where there was none.
        """
        columns, lasting = window, []
        for number, block in enumerate(self.looking, 1):
            kept = known[number - 1] if known else []
            new = [at for at in range(FRAMES) if not number <= at < number + len(kept)]
            made = self._seen([block.looked(columns, at) for at in new], number)
            columns = [*made[:number], *kept, *made[number:]]
            lasting.append(columns[number + 1 : FRAMES - number])
        x = tf.stack([column.features for column in columns])
        for block in self.shortening:
            x = block.shortened(x)
        return *self._drawn(normalised(x, self.layer("exit_norm"))), lasting

    def _seen(self, features: list[Any], number: int) -> list[Column]:
        """Columns for the block after the `number`th; the shortening blocks look in their own way."""
        return self.looking[number].columns(features) if number < len(self.looking) else [*map(Column, features)]

    def _drawn(self, x: Any) -> tuple[Any, Any]:
        x = self.layer("exit")(x)
        logits, residual = (
            self.layer(f"{head}_out")(self.layer(f"{head}_hidden")(x))[0] for head in ("filter", "residual")
        )
        return logits, tf.cast(residual, tf.float32)


def folded(norm: Any) -> tuple[Any, Any]:
    """A normalisation as a factor and a shift for each channel."""
    scale = norm.gamma / tf.sqrt(norm.moving_variance + norm.epsilon)
    return scale, norm.beta - norm.moving_mean * scale


def normalised(x: Any, norm: Any) -> Any:
    """The normalisation and a ReLU: one pass over memory where Keras takes three."""
    values = (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)
    scaled, *_ = tf.compat.v1.nn.fused_batch_norm(
        x, *map(tf.convert_to_tensor, values), norm.epsilon, is_training=False
    )
    return tf.nn.relu(scaled)


def convolved(x: Any, kernel: Any, shift: Any) -> Any:
    """A convolution and a ReLU, in one pass."""
    return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), shift))
