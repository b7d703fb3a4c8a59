"""Convolutions that are trained wide and used narrow (Bhardwaj et al., "Collapsible Linear Blocks", MLSys 2022)."""

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

    @property
    def kernel(self) -> Any:
        return self._kernel + ops.matmul(self.wide, self.narrow)
