"""Convolutions that are trained wide and used narrow (Bhardwaj et al., "Collapsible Linear Blocks", MLSys 2022)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops

TIMES = 4  # as many channels between the two factors as come out


class Unfolded(keras.layers.Conv2D):
    """Keras's layer with the kernel K + W N: W [k, k, in, 4 out] and N [4 out, out], which is zero at the start.

    What it computes is one convolution of the usual size; only its gradient takes another way.
    """

    def build(self, shape: tuple[int | None, ...]) -> None:
        super().build(shape)
        wide = TIMES * self.filters
        self.wide = self.add_weight(
            (*self.kernel_size, shape[-1], wide), keras.initializers.HeNormal(seed=11), name="wide"
        )
        self.narrow = self.add_weight((wide, self.filters), "zeros", name="narrow")
        self.product: Any = None

    @property
    def kernel(self) -> Any:
        return self._kernel + ops.matmul(self.wide, self.narrow) if self.product is None else self.product


@contextmanager
def multiplied_out(layers: Iterable[keras.layers.Layer]) -> Iterator[None]:
    """Inside, those among the layers that are unfolded multiply once, however often they are called."""
    unfolded = [layer for layer in layers if isinstance(layer, Unfolded)]
    for layer in unfolded:
        layer.product = ops.cast(layer.kernel, layer.compute_dtype)
    try:
        yield
    finally:
        for layer in unfolded:
            layer.product = None
