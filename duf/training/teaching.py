"""Distillation: a larger network's pictures take part of the truth's place (Hinton et al. 2015).

Where the loss is square, to be near the truth and near the teacher by so much is to be near a point between them.
"""

from pathlib import Path
from typing import Any

import keras
from keras import ops

from duf import weights
from duf.stream import size
from duf.training.learners import learner


class Teacher:
    """A shipped network, and by how much its pictures count: 0 not at all, 1 in the place of the truth."""

    def __init__(self, path: Path, share: float) -> None:
        card = weights.read_card(path)
        self.model, self.share = learner(card.name, card.scale, **size(card)), share
        weights.load_into(self.model.network, path)

    def __call__(self, sample: Any, truth: Any) -> Any:
        """What is to be learnt instead of the truth of a sample."""
        compiled = keras.backend.backend() == "tensorflow"  # JAX compiles the step around it
        made = self.model.predict_on_batch(sample) if compiled else self.model(sample)
        return truth + self.share * (ops.clip(made, 0, 1) - truth)


def untaught(sample: Any, truth: Any) -> Any:
    """The truth alone."""
    return truth
