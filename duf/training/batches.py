"""The samples of each training step: an order that follows from the seed alone, read while the step before is learnt.

The last `held_out` samples of a shard are kept for validation.
"""

import itertools
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from duf.material.shards import Shard
from duf.training.recipe import Recipe

Sample = tuple[Any, Any, Any]  # frames, flow, phase
Batch = tuple[Sample, Any]  # and the truth


def gathered(shard: Shard, picks: Sequence[int]) -> Batch:
    """Some samples of a shard as a network takes them: float32, pictures in 0..1."""
    unit = np.float32(1 / 255)
    frames, flow, phase = shard.lr[picks] * unit, shard.flow[picks], shard.phase[picks]
    return (frames, flow.astype(np.float32), phase.astype(np.float32)), shard.hr[picks] * unit


def batch(shard: Shard, recipe: Recipe, step: int) -> Batch:
    """The samples of a step: every one once an epoch."""
    count = len(shard.phase) - recipe.held_out
    first = step * recipe.batch
    picks = [int(order(recipe.seed, n // count, count)[n % count]) for n in range(first, first + recipe.batch)]
    return gathered(shard, sorted(picks))


def held_out(shard: Shard, recipe: Recipe) -> Batch:
    count = len(shard.phase)
    return gathered(shard, range(count - recipe.held_out, count))


def batches(shard: Shard, recipe: Recipe, first: int) -> Generator[Batch, None, None]:
    """The samples of every step from `first` on."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(batch, shard, recipe, first)
        for step in itertools.count(first + 1):
            ready, coming = coming.result(), pool.submit(batch, shard, recipe, step)
            yield ready


def order(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(count)
