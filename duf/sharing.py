"""DUF without looking at a frame seven times: what its layers make of a frame alone is computed once a frame.

That is the entry, the mixing of the first block, and the three terms of the first look around in time. A window's
first look is then a sum: look[i] = before[i - 1] + now[i] + after[i + 1] + bias, without the terms beyond its ends.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

ALONE = ("block1_norm1", "block1_norm1_relu", "block1_mix", "block1_norm2", "block1_norm2_relu")


class Glance(NamedTuple):
    """What a frame shows by itself: the entry [h, w, 64] and the three terms [h, w, growth] of the first look."""

    entry: Any
    before: Any
    now: Any
    after: Any


class Shared:
    """A DUF `network` whose windows share what they see: the logits of its filters, and its residual."""

    def __init__(self, network: Any) -> None:
        self.layer = network.get_layer
        looks = sum(layer.name.endswith("_look") for layer in network.layers)
        self.reach = looks + 2  # pixels: each look one, and the entry and the exit
        outputs = [self.layer(name).output for name in ("filter_out", "residual_out")]
        self.rest = keras.Model(self.layer("block1_join").output, outputs)
        self.glance = tf.function(self._glance)
        self.heads = tf.function(self._heads)

    def _glance(self, frame: Any) -> Glance:
        """Of a frame [h, w, 3] in 0..1."""
        entry = x = self.layer("entry")(frame[None, None])
        for name in ALONE:
            x = self.layer(name)(x)
        look = self.layer("block1_look")
        kernel = tf.concat(tf.unstack(tf.cast(look.kernel, x.dtype)), -1)  # [3, 3, 64, 3 growth]
        terms = tf.split(tf.nn.conv2d(x[0], kernel, 1, "SAME")[0], 3, -1)
        return Glance(entry[0, 0], *terms)

    def _heads(self, window: Sequence[Glance]) -> list[Any]:
        """Of seven glances: [h, w, taps taps s s] as the network computes them, and [h, w, 3 s s] float32."""
        before, now, after = (tf.stack([getattr(glance, name) for glance in window]) for name in Glance._fields[1:])
        look = now + tf.pad(before[:-1], [[1, 0], *3 * [[0, 0]]]) + tf.pad(after[1:], [[0, 1], *3 * [[0, 0]]])
        look += tf.cast(self.layer("block1_look").bias, look.dtype)
        joined = tf.concat([tf.stack([glance.entry for glance in window]), look], -1)
        logits, residual = self.rest(joined[None], training=False)
        return [logits[0], tf.cast(residual[0], tf.float32)]
