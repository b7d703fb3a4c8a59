"""What training makes small: the error of each picture, and how it changes from one picture to the next."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from duf.training import quick
from duf.training.fused import fused

STILL = 1 / 255  # mean change of the truth in NEIGHBOURS x NEIGHBOURS pixels below which it stands still
NEIGHBOURS = 7  # as in learning.c

Penalty = Callable[[Any, float], Any]  # of differences, and where it turns from square to linear


def charbonnier(d: Any, bend: float) -> Any:
    """The mean of sqrt(d**2 + bend**2)."""
    return ops.mean(ops.sqrt(ops.square(d) + bend**2))


def huber(d: Any, bend: float) -> Any:
    """The mean of d**2 / 2 below `bend`, of bend (|d| - bend / 2) above."""
    return ops.mean(keras.losses.huber(ops.zeros_like(d), d, bend))


PENALTIES: dict[str, Penalty] = {"charbonnier": charbonnier, "huber": huber}


def loss(name: str, bend: float, steady: float, still: float = 0.0) -> Callable[[Any, Any], Any]:
    """Of pictures [B, T, H, W, C]: penalty(e_t) + steady x penalty(c_t) + still x |c_t| where the truth stands still.

    e is the error and c_t = e_t - e_(t-1) its change: what the eye sees as flicker. Where nothing moves it sees it
    however small it is, so there it counts by its size.
    """
    penalty = PENALTIES[name]
    if quick.usable():
        return quick.loss(name == "huber", bend, steady, still, STILL)

    def measured(truth: Any, result: Any) -> Any:
        error = result - ops.stop_gradient(truth)
        total, change = penalty(error, bend), error[:, 1:] - error[:, :-1]
        if steady:
            total += steady * penalty(change, bend)
        if still:
            total += still * ops.mean(ops.abs(change) * standing(truth))
        return total

    return fused(measured)


def standing(truth: Any) -> Any:
    """1 where the truth [B, T, H, W, C] is as it was a frame before, 0 elsewhere: [B, T - 1, H, W, 1]."""
    change = ops.mean(ops.abs(truth[:, 1:] - truth[:, :-1]), -1, keepdims=True)
    batch, count, height, width, _ = change.shape
    flat = ops.reshape(change, (batch * count, height, width, 1))
    around = ops.average_pool(flat, NEIGHBOURS, 1, "same")
    return ops.cast(ops.reshape(around, change.shape) < STILL, change.dtype)
