"""What lies between a streaming network and the gradient of its loss, by kernels.

On TensorFlow half of a step went there. Other backends do without, and so does TensorFlow where the kernels are not
built, on a graphics processor, and in precisions that they do not know.
"""

from collections.abc import Callable
from ctypes import byref
from functools import lru_cache, partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from duf.design import SCALES
from duf.devices import gpu
from duf.native import Judging, Painting, Threads, kernels
from duf.stream import Stream

Floats = NDArray[np.float32]
Planned = NDArray[Any]  # float32 or bfloat16
threads = lru_cache(Threads)


def usable() -> bool:
    return keras.backend.backend() == "tensorflow" and kernels() is not None and gpu() is None


def paints(network: Stream) -> bool:
    """Whether the kernels know a network's precision and size."""
    known = network.precision in ("float32", "mixed_bfloat16") and network.upsample.size in (3, 5)
    return usable() and known and network.scale in SCALES


def painter(network: Stream) -> Callable[..., Any]:
    """`network.paint` of frames, and of what was planned for them."""
    import tensorflow as tf

    size, scale = network.upsample.size, network.scale
    forth, back = (partial(function, size=size, scale=scale) for function in (painted, traced))

    def paint(frames: Any, taps: Any, resting: Any, residual: Any) -> Any:
        count, height, width, colours = frames.shape
        planned = [taps, resting, residual]

        def trace(slopes: Any) -> Any:
            kinds = [x.dtype for x in planned]
            found = tf.numpy_function(back, [frames, *planned, slopes], kinds)
            return None, *(tf.ensure_shape(slope, x.shape) for slope, x in zip(found, planned, strict=True))

        pictures = tf.numpy_function(forth, [frames, *planned], tf.float32)
        return tf.ensure_shape(pictures, (count, height * scale, width * scale, colours)), trace

    made: Callable[..., Any] = tf.custom_gradient(paint)
    return made


def painted(frames: Floats, taps: Planned, resting: Floats, residual: Planned, size: int, scale: int) -> Floats:
    count, height, width, colours = frames.shape
    pictures = np.empty((count, height * scale, width * scale, colours), np.float32)
    run("paint", painting(frames, size, scale, taps=taps, resting=resting, residual=residual, pictures=pictures), count)
    return pictures


def traced(
    frames: Floats, taps: Planned, resting: Floats, residual: Planned, slopes: Floats, size: int, scale: int
) -> tuple[Planned, Floats, Planned]:
    """The slopes by taps, resting filters and residual, from those by the pictures."""
    made = np.empty_like(taps), np.empty_like(resting), np.empty_like(residual)
    found = dict(zip(("tap_slopes", "resting_slopes", "residual_slopes"), made, strict=True))
    told = painting(frames, size, scale, taps=taps, resting=resting, slopes=slopes, **found)
    run("trace", told, len(frames))
    return made


def painting(frames: Floats, size: int, scale: int, taps: Planned, **others: Planned) -> tuple[Painting, Any]:
    """What the kernels are told, and what has to live as long."""
    _, height, width, _ = frames.shape
    reach = size // 2
    black_around = np.pad(frames, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    arrays = {"frames": black_around, "taps": taps, **others}
    places = {name: array.ctypes.data for name, array in arrays.items()}
    return Painting(width, height, size, scale, taps.itemsize == 2, **places), arrays


def run(name: str, told: tuple[Any, Any], count: int) -> None:
    """A kernel on so many pictures."""
    function = getattr(kernels(), name)
    threads().run(count, lambda first, last: function(byref(told[0]), first, last))


def loss(linear: bool, bend: float, steady: float, still: float, standing: float) -> Callable[[Any, Any], Any]:
    """The loss of duf/training/losses.py, with Huber's penalty (`linear`) or Charbonnier's."""
    import tensorflow as tf

    judge = partial(judged, linear=linear, bend=bend, steady=steady, still=still, standing=standing)

    def measured(truth: Any, result: Any) -> Any:
        error, slopes = tf.numpy_function(judge, [truth, result], [tf.float32] * 2)
        slopes = tf.ensure_shape(slopes, result.shape)
        return tf.ensure_shape(error, ()), lambda above: (None, above * slopes)

    made: Callable[[Any, Any], Any] = tf.custom_gradient(measured)
    return made


def judged(
    truth: Floats, result: Floats, linear: bool, bend: float, steady: float, still: float, standing: float
) -> tuple[np.float32, Floats]:
    """The loss of pictures [B, T, H, W, 3], and its slopes by each of their values."""
    samples, frames, height, width, _ = truth.shape
    count, changes = truth.size, max(1, truth[:, 1:].size)
    shares = 1 / count, steady / changes, still / changes
    arrays = {
        "truth": np.ascontiguousarray(truth, np.float32),
        "result": np.ascontiguousarray(result, np.float32),
        "changes": np.empty(truth.shape[:-1], np.float32),
        "sums": np.zeros(samples * frames),
        "slopes": np.empty(result.shape, np.float32),
    }
    places = {name: array.ctypes.data for name, array in arrays.items()}
    told = Judging(width, height, frames, linear, bend, *shares, standing, **places), arrays
    for name in ("measure", "judge"):
        run(name, told, samples * frames)
    return np.float32(arrays["sums"].sum()), arrays["slopes"]
