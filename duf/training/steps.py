"""Steps of training: a batch each, a gradient, and the running mean of the weights.

Where graphics processors compute, a step takes less time than Python takes to ask for it, so JAX is asked for many.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from duf.training.batches import Batch, shown

Loss = Callable[[Any, Any], Any]  # of truth and result
Aim = Callable[[Any, Any], Any]  # what is to be learnt, of sample and truth
Average = list[Any]  # in the order of the network's weights


class Single:
    """One step a call, by Keras."""

    def __init__(self, model: Any, loss: Loss, aim: Aim) -> None:
        self.model, self.aim = model, aim

    def __call__(
        self, batches: Batch, rates: Sequence[float], keeps: Sequence[float], average: Average
    ) -> tuple[float, Average]:
        """The loss of a batch (of one: the first axis), and the running mean of the weights after it."""
        (rate,), (keep,) = rates, keeps
        sample, truth = shown(keras.tree.map_structure(lambda x: x[0], batches))
        self.model.optimizer.learning_rate = rate
        error = float(self.model.train_on_batch(sample, self.aim(sample, self.model.truth(truth))))
        now = self.model.network.get_weights()
        return error, [mean + (1 - keep) * (value - mean) for mean, value in zip(average, now, strict=True)]


class Together:
    """Many steps a call, compiled by JAX as one."""

    def __init__(self, model: Any, loss: Loss, aim: Aim) -> None:
        import jax

        self.model, self.loss, self.aim = model, loss, aim
        self.scan = jax.jit(partial(jax.lax.scan, self.step), donate_argnums=0)

    def __call__(
        self, batches: Batch, rates: Sequence[float], keeps: Sequence[float], average: Average
    ) -> tuple[float, Average]:
        """The mean loss of batches (the first axis), and the running mean of the weights after them."""
        variables = self.variables()
        mean = [average[n] for n in self.order()]
        state = ([[variable.value for variable in kind] for kind in variables], mean)
        (values, mean), errors = self.scan(state, (batches, np.array(rates, np.float32), np.array(keeps, np.float32)))
        for kind, now in zip(variables, values, strict=True):
            for variable, value in zip(kind, now, strict=True):
                variable.assign(value)
        back = np.argsort(self.order())
        return float(ops.mean(errors)), [mean[n] for n in back]

    def variables(self) -> list[list[Any]]:
        """What is learnt, what is not, and the optimizer's."""
        model = self.model
        return [model.trainable_variables, model.non_trainable_variables, model.optimizer.variables]

    def order(self) -> list[int]:
        """Where each variable of the first two kinds stands among the network's weights."""
        places = {id(variable): n for n, variable in enumerate(self.model.network.weights)}
        return [places[id(variable)] for kind in self.variables()[:2] for variable in kind]

    def step(self, state: Any, given: Any) -> tuple[Any, Any]:
        """State and loss after a step."""
        import jax

        (learnt, rest, slots), mean = state
        batch, rate, keep = given
        sample, truth = shown(batch)
        goal = self.aim(sample, self.model.truth(truth))

        def error(learnt: Any) -> tuple[Any, Any]:
            made, after = self.model.stateless_call(learnt, rest, sample, training=True)
            return self.loss(goal, made), after

        (loss, rest), slopes = jax.value_and_grad(error, has_aux=True)(learnt)
        optimizer = self.model.optimizer
        slots = [rate if v is optimizer.learning_rate else s for v, s in zip(optimizer.variables, slots, strict=True)]
        learnt, slots = optimizer.stateless_apply(slots, slopes, learnt)
        mean = [keep * m + (1 - keep) * now for m, now in zip(mean, [*learnt, *rest], strict=True)]
        return ([learnt, rest, slots], mean), loss
