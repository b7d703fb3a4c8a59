"""A run of training as its TOML file says it, and the learning rate that it asks for at each step."""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

from duf.errors import ModelError
from duf.material.shards import ShardRecipe


@dataclass(frozen=True)
class Recipe:
    """One run; the files in duf/recipes tell each value's meaning where it is first used."""

    network: str  # a name in duf/training/learners.py
    scale: int
    batch: int
    steps: int
    warmup: int  # steps of linear rise to the peak
    peak: float  # learning rate
    floor: float  # learning rate at the end of each cosine
    clip: float  # of the gradient's norm
    average: float  # decay of the running mean of the weights, which is what ships
    seed: int
    checkpoint_every: int  # steps
    shard: ShardRecipe
    precision: str = "float32"  # a Keras policy; "mixed_bfloat16" is faster on processors that have it
    loss: str = "charbonnier"  # or "huber"
    bend: float = 1e-3  # where the loss turns from square to linear, on 0..1
    steady: float = 0.0  # what a change of the error from frame to frame counts, against 1 for the error itself
    still: float = 0.0  # the same where the truth stands still, by its size however small
    period: int = 0  # steps of the first cosine, each later one twice as long; 0: one cosine over all steps
    unfold: bool = False  # whether convolutions are learnt as sums with products of wider ones, and folded for use
    rounds: bool = False  # whether activations are rounded to bytes, as those are that the network is run in
    teacher: str = ""  # shipped weights of a larger network, whose pictures are learnt as well
    taught: float = 0.0  # by how much they count, against the truth for the rest
    truncate: int = 0  # frames after which gradients stop going back in time; 0: they reach the first
    held_out: int = 0  # samples of the shard that are never learnt from
    validate_every: int = 1000  # steps between looks at them
    start_from: str = ""  # shipped weights to go on from, a warm restart


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file; ModelError names what is wrong with it."""
    try:
        values = tomllib.loads(path.read_text())
        return Recipe(**values | {"shard": ShardRecipe(scale=values["scale"], **values["shard"])})
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path} is no training recipe ({error}): compare it with duf/recipes.") from error


def rate(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: linear rise, then half cosines from the peak to the floor."""
    if step < recipe.warmup:
        return recipe.peak * (step + 1) / recipe.warmup
    done = _part(step - recipe.warmup, recipe.period or max(1, recipe.steps - recipe.warmup))
    return recipe.floor + (recipe.peak - recipe.floor) * (1 + math.cos(math.pi * done)) / 2


def _part(step: int, period: int) -> float:
    """How much of its cosine is over: the first lasts `period` steps, each later one twice as long."""
    while step > period:
        step, period = step - period, 2 * period
    return step / period
