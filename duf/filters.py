"""The dynamic upsampling filter: a network draws a small filter for every pixel it wants to add."""

from typing import Any

import keras
from keras import KerasTensor, ops

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="duf")
class DynamicUpsampling(keras.layers.Layer):
    """Upsample a frame with a filter of its own for every output pixel (equation 2 of the paper).

    With a frame X, scale r and filters F of k x k taps, k = 2m + 1, for each sub-pixel v, u in 0..r-1:

        Y[y*r + v, x*r + u, c] = sum over j, i in -m..m of  F[y, x, j + m, i + m, v, u] * X[y + j, x + i, c]

    Beyond its border the frame is black. Every colour channel is filtered alike. The taps come as logits and pass
    a softmax, so each filter is positive and sums to one.

    call(frame, logits):
        frame:   [B, h, w, C], any range
        logits:  [B, h, w, k*k*r*r], tap-major: channel (j*k + i)*r*r + v*r + u
        returns: [B, r*h, r*w, C], in the frame's range
    """

    def __init__(self, size: int = 5, scale: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if size < 1 or size % 2 == 0:
            raise ValueError(f"a dynamic filter has an odd number of taps a side, not {size}")
        if scale < 1:
            raise ValueError(f"a dynamic filter upsamples by a whole number from 1 up, not {scale}")
        self.size = size
        self.scale = scale

    def call(self, frame: KerasTensor, logits: KerasTensor) -> KerasTensor:
        batch, height, width, channels = ops.shape(frame)
        taps, subpixels = self.size**2, self.scale**2
        filters = ops.softmax(ops.reshape(logits, (batch, height, width, taps, subpixels)), axis=3)
        pixels = self._filtered(self._neighbours(frame), filters)
        pixels = ops.reshape(ops.transpose(pixels, (0, 1, 2, 4, 3)), (batch, height, width, subpixels * channels))
        return depth_to_space(pixels, self.scale)

    def _filtered(self, neighbours: KerasTensor, filters: KerasTensor) -> KerasTensor:
        """[B, h, w, C, k*k] by [B, h, w, k*k, r*r]: [B, h, w, C, r*r]."""
        if keras.backend.backend() == "tensorflow":
            return ops.matmul(neighbours, filters)
        # Compilers for graphics processors make one pass of these, and a slow product of a million small matrices.
        return sum(neighbours[..., :, n, None] * filters[..., n, None, :] for n in range(self.size**2))

    def _neighbours(self, frame: KerasTensor) -> KerasTensor:
        """The k*k pixels around each pixel, row by row: [B, h, w, C] -> [B, h, w, C, k*k]."""
        _, height, width, _ = ops.shape(frame)
        reach, side = self.size // 2, range(self.size)
        padded = ops.pad(frame, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
        return ops.stack([padded[:, j : j + height, i : i + width] for j in side for i in side], axis=-1)

    def compute_output_shape(self, frame_shape: Shape, logits_shape: Shape) -> Shape:
        batch, height, width, channels = frame_shape
        return batch, height and height * self.scale, width and width * self.scale, channels

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "scale": self.scale}


def depth_to_space(pixels: KerasTensor, scale: int) -> KerasTensor:
    """Lay out sub-pixels: [B, h, w, r*r*C], channel (v*r + u)*C + c, becomes [B, r*h, r*w, C]."""
    return ops.depth_to_space(pixels, scale, data_format="channels_last")
