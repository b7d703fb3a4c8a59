"""What a model costs: seconds and core seconds a frame, measured on this machine."""

import time
from collections.abc import Iterator
from statistics import mean, median
from typing import NamedTuple

import cv2
import numpy as np

from duf.upscaler import Rgb, Upscaler

SIZE = (426, 240)  # width, height of the source
FRAMES = 24
WARM_UP = 4  # of them, while code is compiled and memory found
ENOUGH = 60.0  # seconds after which a slow model is not asked for more


class Cost(NamedTuple):
    """Of one frame. The second hardly depends on what else the machine does."""

    seconds: float
    core_seconds: float


def cost_a_frame(upscaler: Upscaler, frames: int = FRAMES, size: tuple[int, int] = SIZE) -> Cost:
    """The median over `frames` frames of `size`, without the first few; at least one is measured.

    Of a model that makes several pictures at once, the median of their means, and as many frames as that takes.
    """
    at_once, first = upscaler.at_once, max(WARM_UP, upscaler.at_once)
    frames = max(frames, 4 * at_once)
    last = began = _clocks()
    taken = []
    for _ in upscaler.upscale(drifting(frames, size)):
        now = _clocks()
        taken.append(Cost(now.seconds - last.seconds, now.core_seconds - last.core_seconds))
        last = now
        if now.seconds - began.seconds > ENOUGH and len(taken) > first:
            break
    counting = taken[first:] or taken
    return _median([_mean(counting[start : start + at_once]) for start in range(0, len(counting), at_once)])


def _mean(costs: list[Cost]) -> Cost:
    return Cost(*map(mean, zip(*costs, strict=True)))


def _median(costs: list[Cost]) -> Cost:
    return Cost(*map(median, zip(*costs, strict=True)))


def _clocks() -> Cost:
    return Cost(time.perf_counter(), time.process_time())


def drifting(frames: int, size: tuple[int, int]) -> Iterator[Rgb]:
    """A textured picture that moves one pixel a frame; flow and network cost the same for any other."""
    width, height = size
    noise = np.random.default_rng(1).random((height, width + frames, 3), np.float32)
    wide = cv2.GaussianBlur(noise, (0, 0), 2)
    for t in range(frames):
        yield np.ascontiguousarray(wide[:, t : t + width])
