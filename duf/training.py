"""Training of the streaming networks from shards: resumes exactly after a kill, on any Keras backend.

Everything random follows from (seed, step), so a run that was killed and resumed takes the same steps as one that was
not. A checkpoint is written beside the last one and moved over it, so a full disk loses none.
"""

import csv
import itertools
import math
import os
import time
import tomllib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from duf import weights
from duf.data import Shard, ShardRecipe, open_shard, write_shard
from duf.errors import ModelError
from duf.stream import Stream, build

Arrays = list[npt.NDArray[np.float32]]
EPSILON = 1e-3  # where the Charbonnier loss turns from square to linear, on 0..1


@dataclass(frozen=True)
class Recipe:
    """One run of training, as its TOML file says it."""

    network: str
    scale: int
    batch: int
    steps: int
    warmup: int
    peak: float
    floor: float
    clip: float
    average: float
    seed: int
    checkpoint_every: int
    shard: ShardRecipe
    precision: str = "float32"  # a Keras policy; "mixed_bfloat16" is twice as fast on processors that have it
    start_from: str = ""  # shipped weights to go on from, a warm restart


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file; ModelError names what is wrong with it."""
    try:
        values = tomllib.loads(path.read_text())
        return Recipe(**values | {"shard": ShardRecipe(scale=values["scale"], **values["shard"])})
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path} is no training recipe ({error}): compare it with duf/recipes.") from error


class Unrolled(keras.Model):
    """A recurrent step run over the frames of a sample, so that gradients pass through time.

    Takes frames [B, T, h, w, 3] in 0..1, flow [B, T, h, w, 2] and phase [B]; gives [B, T, s h, s w, 3].
    """

    def __init__(self, step: Stream) -> None:
        super().__init__()
        self.step = step

    def call(self, sample: tuple[Any, Any, Any]) -> Any:
        frames, flow, phase = sample
        batch, count, height, width, _ = frames.shape
        previous, state = frames[:, 0], ops.zeros((batch, height, width, self.step.channels))
        states = []
        for t in range(count):
            state = self.step.remember(frames[:, t], previous, flow[:, t], state, phase)
            previous = frames[:, t]
            states.append(state)
        pictures = self.step.draw(fold(frames), fold(ops.stack(states, 1)), ops.repeat(phase, count))
        return ops.reshape(pictures, (batch, count, *pictures.shape[1:]))


def fold(x: Any) -> Any:
    """[B, T, ...] as [B T, ...]: what needs no memory is computed for all frames at once."""
    return ops.reshape(x, (-1, *x.shape[2:]))


def charbonnier(truth: Any, result: Any) -> Any:
    return ops.mean(ops.sqrt(ops.square(truth - result) + EPSILON**2))


def rate(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: linear rise, then a half cosine."""
    if step < recipe.warmup:
        return recipe.peak * (step + 1) / recipe.warmup
    done = min(1.0, (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup))
    return recipe.floor + (recipe.peak - recipe.floor) * (1 + math.cos(math.pi * done)) / 2


def batch(shard: Shard, recipe: Recipe, step: int) -> tuple[tuple[Any, Any, Any], Any]:
    """The samples of a step: every sample once an epoch, in an order that follows from the seed."""
    count = len(shard.phase)
    first = step * recipe.batch
    picks = [order(recipe.seed, n // count, count)[n % count] for n in range(first, first + recipe.batch)]
    picks.sort()
    unit = np.float32(1 / 255)
    lr, hr = shard.lr[picks] * unit, shard.hr[picks] * unit
    return (lr, shard.flow[picks].astype(np.float32), shard.phase[picks].astype(np.float32)), hr


def batches(shard: Shard, recipe: Recipe, first: int) -> Generator[tuple[tuple[Any, Any, Any], Any], None, None]:
    """The samples of every step from `first` on, each read from the disk while the one before is learnt from."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(batch, shard, recipe, first)
        for step in itertools.count(first + 1):
            ready, coming = coming.result(), pool.submit(batch, shard, recipe, step)
            yield ready


def order(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(count)


class Trainer:
    """A run in a folder: `checkpoint.npz` (everything needed to go on) and `log.csv`."""

    def __init__(self, recipe: Recipe, shard: Shard, folder: Path) -> None:
        keras.utils.set_random_seed(recipe.seed)
        self.recipe, self.shard, self.folder, self.step = recipe, shard, folder, 0
        self.network = build(recipe.network, recipe.scale, recipe.precision)
        if recipe.start_from:
            weights.load_into(self.network, weights.SHIPPED / recipe.start_from)
        self.model = Unrolled(self.network)
        optimizer = keras.optimizers.Adam(recipe.peak, global_clipnorm=recipe.clip)
        self.model.compile(optimizer=optimizer, loss=charbonnier, jit_compile=False)
        optimizer.build(self.network.trainable_variables)
        self.average: Arrays = [np.array(w) for w in self.network.get_weights()]
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self.resume()
        self.batches = batches(shard, recipe, self.step)

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.npz"

    def variables(self) -> list[Any]:
        return [*self.network.variables, *self.model.optimizer.variables]

    def resume(self) -> None:
        with np.load(self.checkpoint) as saved:
            here = self.variables()
            values = [saved[f"variable{i}"] for i in range(len(saved.files) - 1 - len(self.average))]
            if [v.shape for v in values] != [tuple(v.shape) for v in here]:
                raise ModelError(f"{self.checkpoint} belongs to another network: give this run a folder of its own.")
            for variable, value in zip(here, values, strict=True):
                variable.assign(value)
            self.average = [saved[f"average{i}"] for i in range(len(self.average))]
            self.step = int(saved["step"])

    def save(self) -> None:
        arrays = {f"variable{i}": np.array(ops.convert_to_numpy(v)) for i, v in enumerate(self.variables())}
        arrays |= {f"average{i}": value for i, value in enumerate(self.average)}
        beside = self.checkpoint.with_suffix(".new.npz")
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, step=np.int64(self.step), **arrays)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.checkpoint)

    def advance(self) -> float:
        """Takes one step and gives its loss."""
        self.model.optimizer.learning_rate = rate(self.recipe, self.step)
        sample, truth = next(self.batches)
        loss = float(self.model.train_on_batch(sample, truth))
        self.step += 1
        keep = min(self.recipe.average, self.step / (self.step + 10))  # the first steps count less
        for mean, now in zip(self.average, self.network.get_weights(), strict=True):
            mean += (1 - keep) * (now - mean)
        return loss

    def averaged(self) -> Stream:
        """The network with the running mean of its weights, which is what ships."""
        network = build(self.recipe.network, self.recipe.scale)
        network.set_weights(self.average)
        return network

    def run(self, seconds: float = math.inf) -> None:
        """Trains until the recipe's last step or for so many seconds, and leaves a checkpoint."""
        began, losses = time.monotonic(), []
        while self.step < self.recipe.steps and time.monotonic() - began < seconds:
            losses.append(self.advance())
            if self.step % self.recipe.checkpoint_every == 0:
                self.log(losses, time.monotonic() - began)
                self.save()
                losses = []
        self.save()

    def log(self, losses: list[float], seconds: float) -> None:
        mean = sum(losses) / len(losses)
        with (self.folder / "log.csv").open("a", newline="") as file:
            csv.writer(file).writerow(
                [self.step, f"{mean:.6f}", f"{rate(self.recipe, self.step):.2e}", f"{seconds:.0f}"]
            )
        print(f"step {self.step}/{self.recipe.steps}: loss {mean:.5f}, {seconds:.0f} s", flush=True)


def train(recipe_file: Path, data: Path, folder: Path, seconds: float = math.inf) -> Trainer:
    """Runs or resumes a recipe in `folder`; its shard is made there from `data` once."""
    recipe = read_recipe(recipe_file)
    shard = folder / "shard"
    samples = open_shard(shard) if (shard / "recipe.json").exists() else write_shard(data, shard, recipe.shard)
    trainer = Trainer(recipe, samples, folder)
    trainer.run(seconds)
    return trainer
