"""What training makes small: the error of each picture, and how it changes from one picture to the next."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from duf.training.fused import fused

Penalty = Callable[[Any, float], Any]  # of differences, and where it turns from square to linear


def charbonnier(d: Any, bend: float) -> Any:
    """The mean of sqrt(d**2 + bend**2)."""
    return ops.mean(ops.sqrt(ops.square(d) + bend**2))


def huber(d: Any, bend: float) -> Any:
    """The mean of d**2 / 2 below `bend`, of bend (|d| - bend / 2) above."""
    return ops.mean(keras.losses.huber(ops.zeros_like(d), d, bend))


PENALTIES: dict[str, Penalty] = {"charbonnier": charbonnier, "huber": huber}


def loss(name: str, bend: float, steady: float) -> Callable[[Any, Any], Any]:
    """Of pictures [B, T, H, W, C]: penalty(e_t) + steady x penalty(e_t - e_(t-1)), e being the error.

    The second part is what the eye sees as flicker where nothing moves.
    """
    penalty = PENALTIES[name]

    def measured(truth: Any, result: Any) -> Any:
        error = result - ops.stop_gradient(truth)
        total = penalty(error, bend)
        return total + steady * penalty(error[:, 1:] - error[:, :-1], bend) if steady else total

    return fused(measured)
