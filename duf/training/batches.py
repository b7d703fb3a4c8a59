"""The samples of each training step: an order that follows from the seed alone, read while those before are learnt.

The last `held_out` samples of a shard are kept for validation.
"""

import itertools
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from duf.material.shards import Shard
from duf.training.recipe import Recipe

Sample = tuple[Any, Any, Any]  # frames, flow, phase
Batch = tuple[Sample, Any]  # and the truth
AHEAD = 3  # reads at the same time: copying gigabytes a second takes more than one core


def gathered(shard: Shard, picks: Sequence[int]) -> Batch:
    """Some samples of a shard, as they lie there."""
    frames, flow, phase, truth = (
        np.stack([x[n] for n in picks]) for x in (shard.lr, shard.flow, shard.phase, shard.hr)
    )
    return (frames, flow, phase), truth


def shown(batch: Batch) -> Batch:
    """Samples as a network takes them: float32, pictures in 0..1."""
    (frames, flow, phase), truth = keras.tree.map_structure(lambda x: ops.cast(x, "float32"), batch)
    return (frames / 255, flow, phase), truth / 255


def batch(shard: Shard, recipe: Recipe, step: int, count: int = 1) -> Batch:
    """The samples of some steps, a first axis tells which: every sample comes once an epoch."""
    size = recipe.batch
    picks = [pick for n in range(step, step + count) for pick in sorted(chosen(shard, recipe, n))]
    stacked: Batch = keras.tree.map_structure(lambda x: x.reshape(count, size, *x.shape[1:]), gathered(shard, picks))
    return stacked


def chosen(shard: Shard, recipe: Recipe, step: int) -> Iterator[int]:
    """The numbers of the samples of a step."""
    count, first = len(shard.phase) - recipe.held_out, step * recipe.batch
    return (int(order(recipe.seed, n // count, count)[n % count]) for n in range(first, first + recipe.batch))


def held_out(shard: Shard, recipe: Recipe) -> Batch:
    """What is never learnt from, as a network takes it."""
    count = len(shard.phase)
    kept: Batch = shown(gathered(shard, range(count - recipe.held_out, count)))
    kept = keras.tree.map_structure(ops.convert_to_numpy, kept)
    return kept


def batches(shard: Shard, recipe: Recipe, first: int, stride: int = 1) -> Generator[Batch, None, None]:
    """The samples of every step from `first` on, of `stride` steps at a time, where the backend computes."""

    def there(step: int) -> Batch:
        ready: Batch = keras.tree.map_structure(ops.convert_to_tensor, batch(shard, recipe, step, stride))
        return ready

    steps = itertools.count(first, stride)
    with ThreadPoolExecutor(AHEAD) as pool:
        coming = deque(pool.submit(there, step) for step in itertools.islice(steps, AHEAD))
        for step in steps:
            ready = coming.popleft().result()
            coming.append(pool.submit(there, step))
            yield ready


@lru_cache(maxsize=4)
def order(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(count)
