"""Training from shards: resumes exactly after a kill, on any Keras backend.

Everything random follows from (seed, step), so a run that was killed and resumed takes the same steps as one that was
not.
"""

import csv
import importlib.util
import math
import time
from pathlib import Path

import keras

from duf import weights
from duf.errors import ModelError
from duf.material.shards import Shard, write_shard
from duf.training import steps
from duf.training.batches import batches, held_out
from duf.training.progress import Progress
from duf.training.recipe import Recipe, rate, read_recipe
from duf.training.teaching import Teacher, untaught
from duf.training.validation import validate

STRIDE = 20  # steps at most that JAX takes in one call


class Trainer(Progress):
    """A run that goes on in its folder: `checkpoint.npz`, `log.csv`, `board/` and `validation/`."""

    def __init__(self, recipe: Recipe, shard: Shard, folder: Path) -> None:
        super().__init__(recipe, folder)
        self.shard, jax = shard, keras.backend.backend() == "jax"
        self.stride = math.gcd(STRIDE, recipe.steps, recipe.checkpoint_every) if jax else 1
        aim = Teacher(weights.SHIPPED / recipe.teacher, recipe.taught) if recipe.teacher else untaught
        self.take = (steps.Together if jax else steps.Single)(self.model, self.loss, aim)
        self.batches = batches(shard, recipe, self.step, self.stride)

    def advance(self) -> float:
        """Takes `stride` steps and gives their mean loss; ModelError if it is no number any more."""
        coming = range(self.step, self.step + self.stride)
        keeps = [min(self.recipe.average, (n + 1) / (n + 11)) for n in coming]  # the first steps count less
        rates = [rate(self.recipe, n) for n in coming]
        error, self.average = self.take(next(self.batches), rates, keeps, self.average)
        if not math.isfinite(error):
            raise ModelError(f"The loss of step {self.step} is {error}: go on from the checkpoint with a lower peak.")
        self.step += self.stride
        return error

    def run(self, seconds: float = math.inf) -> None:
        """Trains until the recipe's last step or for so many seconds, and leaves a checkpoint."""
        log, until = Log(self.folder), time.monotonic() + seconds
        began, losses = time.monotonic(), []
        while self.step < self.recipe.steps and time.monotonic() < until:
            losses.append(self.advance())
            if self.step % self.recipe.checkpoint_every == 0:
                speed = len(losses) * self.stride / (time.monotonic() - began)
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
