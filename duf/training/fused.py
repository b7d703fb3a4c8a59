"""What lies between the convolutions, in few passes over memory: on TensorFlow half of a step's time went there."""

from collections.abc import Callable
from typing import Any

import keras


def fused(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function compiled by XLA where the backend is TensorFlow; the others compile whole steps or nothing.

    Whole steps would be slower on TensorFlow: XLA's convolutions are not oneDNN's.
    """
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    compiled: Callable[..., Any] = tf.function(function, jit_compile=True)
    return compiled
