from dataclasses import replace
from itertools import islice

import numpy as np

from duf.material.shards import Shard
from duf.training.batches import batch, batches, held_out, order
from tests.duf.training.test_trainer import RECIPE, SMALL


def numbered(count: int) -> Shard:
    """A shard whose every sample says which it is."""
    names = np.arange(count, dtype=np.uint8)[:, None, None, None, None] * np.ones((1, 1, 2, 2, 3), np.uint8)
    return Shard(SMALL, names, names, names[..., :2].astype(np.float16), np.zeros(count, np.uint8))


def shown(samples) -> list[int]:
    return np.rint(samples[0][0][:, 0, 0, 0, 0] * 255).astype(int).tolist()


def test_every_sample_comes_once_an_epoch_in_another_order():
    first, second = order(1, 0, 50), order(1, 1, 50)
    assert sorted(first) == list(range(50))
    assert list(first) != list(second)


def test_samples_held_out_are_never_learnt_from():
    recipe = replace(RECIPE, held_out=2)
    learnt = {n for step in range(30) for n in shown(batch(numbered(7), recipe, step))}
    assert learnt == {0, 1, 2, 3, 4}
    assert shown(held_out(numbered(7), recipe)) == [5, 6]


def test_batches_begin_at_any_step():
    shard = numbered(9)
    there = [shown(b) for b in islice(batches(shard, RECIPE, 3), 4)]
    assert there == [shown(batch(shard, RECIPE, step)) for step in range(3, 7)]
