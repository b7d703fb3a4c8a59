"""DUF: seven frames in, the middle one enlarged (Jo et al., CVPR 2018), from one builder and a table."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import KerasTensor, layers, ops

from duf.convolution import Convolution
from duf.design import BODIES, EPSILON, FRAMES, SCALES, SHORTENING, TAPS, Body
from duf.filters import DynamicUpsampling, depth_to_space
from duf.normalisation import Normalisation


def DUF(depth: int = 16, scale: int = 4, precision: str = "float32") -> keras.Model:
    """The network of `depth` 16, 28 or 52 layers for `scale` 2, 3 or 4; ValueError for others.

    Input [B, 7, h, w, 3] in 0..1; output [B, scale*h, scale*w, 3], the middle frame passed through its dynamic
    filters plus the residual: about 0..1, not clipped. Its layers compute in `precision`, a Keras policy; what pixels
    pass through stays in float32.
    """
    if depth not in BODIES or scale not in SCALES:
        raise ValueError(f"DUF has depths {', '.join(map(str, BODIES))} and scales 2, 3, 4; not {depth} and {scale}.")
    frames = keras.Input((FRAMES, None, None, 3), name="frames")
    with _policy(precision):
        features = _features(frames, BODIES[depth])
        filters = _head(features, "filter", 2 * 256, TAPS**2 * scale**2)
        residual = _head(features, "residual", 256, 3 * scale**2)
    upsample = DynamicUpsampling(TAPS, scale, dtype="float32", name="upsample")
    enlarged = upsample(frames[:, FRAMES // 2], ops.cast(filters, "float32"))
    sharp = depth_to_space(ops.cast(residual, "float32"), scale)
    return keras.Model(frames, enlarged + sharp, name=f"duf{depth}x{scale}")


@contextmanager
def _policy(precision: str) -> Iterator[None]:
    """What layers made inside compute in."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _features(frames: KerasTensor, body: Body) -> KerasTensor:
    """What both heads look at: [B, 7, h, w, 3] -> [B, h, w, 256]."""
    x = Convolution(64, (1, 3, 3), padding="same", name="entry")(frames)
    for number in range(1, body.blocks + 1):
        x = _block(x, f"block{number}", body.growth, shortens=number > body.blocks - SHORTENING)
    x = _activate(x, "exit_norm")
    return layers.Conv2D(256, 3, padding="same", activation="relu", name="exit")(x[:, 0])


def _block(x: KerasTensor, name: str, growth: int, shortens: bool) -> KerasTensor:
    """A dense block: mix the channels, look around in space and time, and append `growth` channels."""
    new = _activate(x, f"{name}_norm1")
    new = Convolution(x.shape[-1], 1, name=f"{name}_mix")(new)
    new = _activate(new, f"{name}_norm2")
    new = layers.ZeroPadding3D((0 if shortens else 1, 1, 1), name=f"{name}_pad")(new)
    new = Convolution(growth, 3, name=f"{name}_look")(new)
    return layers.Concatenate(name=f"{name}_join")([x[:, 1:-1] if shortens else x, new])


def _activate(x: KerasTensor, name: str) -> KerasTensor:
    return layers.ReLU(name=f"{name}_relu")(Normalisation(epsilon=EPSILON, momentum=0.99, name=name)(x))


def _head(features: KerasTensor, name: str, hidden: int, channels: int) -> KerasTensor:
    """Two layers that look at one pixel: [B, h, w, 256] -> [B, h, w, channels]."""
    x = layers.Conv2D(hidden, 1, activation="relu", name=f"{name}_hidden")(features)
    return layers.Conv2D(channels, 1, name=f"{name}_out")(x)
