"""Training from shards: resumes exactly after a kill, on any Keras backend.

Everything random follows from (seed, step), so a run that was killed and resumed takes the same steps as one that was
not. A checkpoint is written beside the last one and moved over it, so a full disk loses none.
"""

import csv
import importlib.util
import math
import os
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from duf import weights
from duf.errors import ModelError
from duf.material.shards import Shard, write_shard
from duf.training.batches import batches, held_out
from duf.training.learners import learner
from duf.training.losses import loss
from duf.training.recipe import Recipe, rate, read_recipe
from duf.training.validation import validate

Arrays = list[npt.NDArray[np.float32]]


class Trainer:
    """A run in a folder: `checkpoint.npz` (everything needed to go on), `log.csv`, `board/` and `validation/`."""

    def __init__(self, recipe: Recipe, shard: Shard, folder: Path) -> None:
        keras.utils.set_random_seed(recipe.seed)
        self.recipe, self.shard, self.folder, self.step = recipe, shard, folder, 0
        self.model = self.learner()
        if recipe.start_from:
            anew = weights.load_fitting(self.network, weights.SHIPPED / recipe.start_from)
            print(f"starts from {recipe.start_from}; new: {', '.join(anew) or 'nothing'}", flush=True)
        optimizer = keras.optimizers.Adam(recipe.peak, global_clipnorm=recipe.clip)
        aim, compiled = loss(recipe.loss, recipe.bend, recipe.steady, recipe.still), keras.backend.backend() == "jax"
        self.model.compile(optimizer=optimizer, loss=aim, jit_compile=compiled)
        optimizer.build(self.network.trainable_variables)
        self.average: Arrays = [np.array(w) for w in self.network.get_weights()]
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self.resume()
        self.batches = batches(shard, recipe, self.step)

    def learner(self) -> Any:
        recipe = self.recipe
        return learner(recipe.network, recipe.scale, recipe.precision, recipe.truncate)

    @property
    def network(self) -> Any:
        return self.model.network

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
        """Takes one step and gives its loss; ModelError if it is no number any more."""
        self.model.optimizer.learning_rate = rate(self.recipe, self.step)
        sample, truth = next(self.batches)
        error = float(self.model.train_on_batch(sample, self.model.truth(truth)))
        if not math.isfinite(error):
            raise ModelError(f"The loss of step {self.step} is {error}: go on from the checkpoint with a lower peak.")
        self.step += 1
        keep = min(self.recipe.average, self.step / (self.step + 10))  # the first steps count less
        for mean, now in zip(self.average, self.network.get_weights(), strict=True):
            mean += (1 - keep) * (now - mean)
        return error

    def averaged(self) -> Any:
        """What learns, with the running mean of its weights, which is what ships."""
        model = self.learner()
        model.network.set_weights(self.average)
        return model

    def run(self, seconds: float = math.inf) -> None:
        """Trains until the recipe's last step or for so many seconds, and leaves a checkpoint."""
        log, until = Log(self.folder), time.monotonic() + seconds
        began, losses = time.monotonic(), []
        while self.step < self.recipe.steps and time.monotonic() < until:
            losses.append(self.advance())
            if self.step % self.recipe.checkpoint_every == 0:
                speed = len(losses) / (time.monotonic() - began)
                mean = sum(losses) / len(losses)
                log.write(self.step, {"loss": mean, "rate": rate(self.recipe, self.step), "steps a second": speed})
                self.save()
                began, losses = time.monotonic(), []
            if self.recipe.held_out and self.step % self.recipe.validate_every == 0:
                log.write(self.step, {"validation psnr": self.validate()})
        self.save()

    def validate(self) -> float:
        """The PSNR of the averaged weights on the samples held out; pictures go to `validation/`."""
        file = self.folder / "validation" / f"{self.step:06}.png"
        return validate(self.averaged(), self.recipe.scale, held_out(self.shard, self.recipe), file)


class Log:
    """`log.csv` (step, what, value), a line on the terminal, and TensorBoard's `board/` where tensorboardX is there."""

    def __init__(self, folder: Path) -> None:
        self.file, self.board = folder / "log.csv", None
        if importlib.util.find_spec("tensorboardX"):
            from tensorboardX import SummaryWriter

            self.board = SummaryWriter(str(folder / "board"))

    def write(self, step: int, values: dict[str, float]) -> None:
        with self.file.open("a", newline="") as file:
            csv.writer(file).writerows([step, name, f"{value:.6g}"] for name, value in values.items())
        for name, value in values.items():
            if self.board:
                self.board.add_scalar(name, value, step)
        print(f"step {step}: " + ", ".join(f"{name} {value:.4g}" for name, value in values.items()), flush=True)


def train(recipe_file: Path, data: Path, folder: Path, seconds: float = math.inf) -> Trainer:
    """Runs or resumes a recipe in `folder`; its shard is made there from `data` once."""
    recipe = read_recipe(recipe_file)
    samples = write_shard(data, folder / "shard", recipe.shard)
    trainer = Trainer(recipe, samples, folder)
    trainer.run(seconds)
    return trainer
