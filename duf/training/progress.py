"""How far a run of training has come: a network that learns, the mean of its weights so far, and its checkpoint."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from duf import weights
from duf.errors import ModelError
from duf.training.learners import learner
from duf.training.losses import loss
from duf.training.recipe import Recipe


class Progress:
    """A run as its folder has it in `checkpoint.npz`, which holds all that is needed to go on; or at its beginning.

    A checkpoint is written beside the last one and moved over it, so a full disk loses none.
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        keras.utils.set_random_seed(recipe.seed)
        self.recipe, self.folder, self.step = recipe, folder, 0
        self.model = self.learner()
        if recipe.start_from and not self.checkpoint.exists():
            anew = weights.load_fitting(self.network, recipe.scale, weights.SHIPPED / recipe.start_from)
            print(f"starts from {recipe.start_from}; new: {', '.join(anew) or 'nothing'}", flush=True)
        self.loss = loss(recipe.loss, recipe.bend, recipe.steady, recipe.still)
        optimizer = keras.optimizers.Adam(recipe.peak, global_clipnorm=recipe.clip)
        self.model.compile(optimizer=optimizer, loss=self.loss, jit_compile=False)
        optimizer.build(self.network.trainable_variables)
        self.average: list[Any] = [np.array(w) for w in self.network.get_weights()]
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self.resume()

    def learner(self) -> Any:
        recipe = self.recipe
        changed = {"unfolds": recipe.unfold, "rounds": recipe.rounds}
        return learner(recipe.network, recipe.scale, recipe.precision, recipe.truncate, **changed)

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
        arrays |= {f"average{i}": np.asarray(value) for i, value in enumerate(self.average)}
        beside = self.checkpoint.with_suffix(".new.npz")
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, step=np.int64(self.step), **arrays)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.checkpoint)

    def averaged(self) -> Any:
        """What learns, with the running mean of its weights, which is what ships."""
        model = self.learner()
        model.network.set_weights(self.average)
        return model
