"""Batch normalisation that trains in a third of the time on TensorFlow, whose own operation makes one pass of ten."""

from typing import Any

import keras
from keras import ops


class Normalisation(keras.layers.BatchNormalization):
    """Keras's layer over [B, T, h, w, channels], equal to rounding on every backend."""

    def call(self, x: Any, training: bool = False) -> Any:
        if not training or keras.backend.backend() != "tensorflow":
            return super().call(x, training=training)
        normal, mean, variance = self._normal(x)
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(self.momentum * moving + (1 - self.momentum) * now)
        return normal

    def _normal(self, x: Any) -> tuple[Any, Any, Any]:
        """`x` normalised by its own mean and variance, and these."""
        import tensorflow as tf

        normal, *moments = tf.compat.v1.nn.fused_batch_norm(
            ops.reshape(x, (-1, *x.shape[2:])), self.gamma.value, self.beta.value, epsilon=self.epsilon
        )
        return ops.reshape(normal, (-1, *x.shape[1:])), *moments
