from dataclasses import replace
from itertools import islice

import numpy as np

from duf.material.shards import Shard
from duf.training.batches import batch, batches, held_out, order, shown
from tests.duf.training.test_trainer import RECIPE, SMALL


def numbered(count: int) -> Shard:
    """A shard whose every sample says which it is."""
    names = np.arange(count, dtype=np.uint8)[:, None, None, None, None] * np.ones((1, 1, 2, 2, 3), np.uint8)
    return Shard(SMALL, names, names, names[..., :2].astype(np.float16), np.zeros(count, np.uint8))


def named(samples) -> list[int]:
    """Which samples there are, of one step after the other."""
    return np.array(samples[0][0])[..., 0, 0, 0, 0].ravel().tolist()


def test_every_sample_comes_once_an_epoch_in_another_order():
    first, second = order(1, 0, 50), order(1, 1, 50)
    assert sorted(first) == list(range(50))
    assert list(first) != list(second)


def test_samples_held_out_are_never_learnt_from():
    recipe = replace(RECIPE, held_out=2)
    learnt = {n for step in range(30) for n in named(batch(numbered(7), recipe, step))}
    assert learnt == {0, 1, 2, 3, 4}
    assert np.rint(255 * np.array(named(held_out(numbered(7), recipe)))).tolist() == [5, 6]


def test_batches_begin_at_any_step():
    shard = numbered(9)
    there = [named(b) for b in islice(batches(shard, RECIPE, 3), 4)]
    assert there == [named(batch(shard, RECIPE, step)) for step in range(3, 7)]


def test_strides_hold_the_batches_of_several_steps():
    shard = numbered(9)
    there = list(islice(batches(shard, RECIPE, 3, 2), 2))
    assert there[0][0][0].shape == (2, RECIPE.batch, 1, 2, 2, 3)
    assert [name for b in there for name in named(b)] == [
        name for step in range(3, 7) for name in named(batch(shard, RECIPE, step))
    ]


def test_networks_are_shown_pictures_between_0_and_1():
    (frames, flow, phase), truth = shown(batch(numbered(9), RECIPE, 0))
    assert {np.array(x).dtype for x in (frames, flow, phase, truth)} == {np.dtype(np.float32)}
    assert 0 < np.array(frames).max() <= 8 / 255
