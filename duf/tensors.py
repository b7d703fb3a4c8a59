"""DUF by TensorFlow: the layers of a built Keras network, in fewer passes over memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from duf.drawing import upsample
from duf.filters import depth_to_space
from duf.native import Threads, kernels
from duf.sharing import TERMS, Column, Known, Shared, Window
from duf.upscaler import Rgb
from duf.windows import Windowed


class Block:
    """A dense block, its second normalisation folded into the mixing."""

    def __init__(self, layer: Any, name: str) -> None:
        mix, look = layer(f"{name}_mix"), layer(f"{name}_look")
        self.norm1, dtype = layer(f"{name}_norm1"), mix.compute_dtype
        scale, shift = folded(layer(f"{name}_norm2"))
        self.mix = tf.constant(tf.cast(mix.kernel[0] * scale, dtype))
        self.shift = tf.constant(tf.cast(mix.bias * scale + shift, dtype))
        self.look = tf.unstack(tf.cast(look.kernel, dtype))
        self.bias = tf.cast(look.bias, dtype)

    def terms(self, x: Any, terms: Sequence[int]) -> list[Any]:
        """What looks take of [h, w, channels]: [h, w, growth] each."""
        mixed = convolved(normalised(x[None], self.norm1), self.mix, self.shift)
        kernel = tf.concat([self.look[term] for term in terms], -1)
        looked: list[Any] = tf.split(tf.nn.conv2d(mixed, kernel, 1, "SAME")[0], len(terms), -1)
        return looked


class Tensors(Shared):
    """Logits as the network computes them, the residual in float32."""

    def __init__(self, network: Any) -> None:
        self.layer = network.get_layer
        looks = [layer.name.removesuffix("_look") for layer in network.layers if layer.name.endswith("_look")]
        self.each, self.blocks = [Block(self.layer, name) for name in looks], len(looks)
        self.library, self.threads = kernels(), Threads()
        self._glance, self._heads = tf.function(super().glance), tf.function(super().heads)

    def glance(self, frame: Any) -> Column:
        glance: Column = self._glance(tf.constant(frame))
        return glance

    def heads(self, window: Window, known: Known) -> tuple[Any, Any, Known]:
        heads: tuple[Any, Any, Known] = self._heads(window, known)
        return heads

    def entered(self, frame: Any) -> Any:
        return self.layer("entry")(frame[None, None])[0, 0]

    def column(self, number: int, features: Any, terms: Sequence[int]) -> Column:
        made = dict(zip(terms, self.each[number].terms(features, terms), strict=True))
        if 1 in made:
            made[1] += self.each[number].bias
        return Column(features, [made.get(term) for term in TERMS])

    def looked(self, window: Window, at: int) -> Any:
        look = window[at].terms[1]
        look += window[at - 1].terms[0] if at else 0
        look += window[at + 1].terms[2] if at + 1 < len(window) else 0
        return tf.concat([window[at].features, look], -1)

    def told(self, features: Any) -> tuple[Any, Any]:
        x = self.layer("exit")(normalised(features[None], self.layer("exit_norm")))
        logits, residual = (
            self.layer(f"{head}_out")(self.layer(f"{head}_hidden")(x))[0] for head in ("filter", "residual")
        )
        return logits, tf.cast(residual, tf.float32)

    def enlarged(self, frame: Rgb, window: Window, known: Known) -> tuple[Rgb, Known]:
        logits, residual, known = self.heads(window, known)
        return self.drawn(frame, logits, residual), known

    def drawn(self, frame: Rgb, logits: Any, residual: Any) -> Rgb:
        """By the kernel where there is one."""
        upsampling = self.layer("upsample")
        if self.library is None:
            sharp = depth_to_space(residual[None], upsampling.scale)
            filters = tf.cast(logits[None], tf.float32)
            plain: Rgb = np.clip((upsampling(tf.constant(frame[None]), filters) + sharp).numpy()[0], 0, 1)
            return plain
        heads = logits.numpy(), residual.numpy()
        quick: Rgb = upsample(self.library, frame, *heads, upsampling.scale, self.threads, None)
        return quick


def windowed(network: Any, scale: int, sampling: str = "centre") -> Windowed:
    return Windowed(Tensors(network), scale, sampling)


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
