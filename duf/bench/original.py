"""The graph that DUF's authors published, from their own files, run as they run it: for comparison only.

Their files speak to TensorFlow 1, whose interface TensorFlow 2 keeps but for two things that are replaced by equals:
the switch of their batch normalisation between training and use, and a softmax in six dimensions (oneDNN takes five).
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from duf.design import EPSILON, FRAMES
from duf.errors import MediaError

FILES = ("utils", "nets")


def original(folder: Path, depth: int, scale: int, width: int, height: int) -> Callable[[], Any]:
    """What enlarges the middle one of seven frames, by weights drawn at random.

    MediaError if their nets.py and utils.py are not in `folder`.
    """
    missing = [f"{name}.py" for name in FILES if not (folder / f"{name}.py").is_file()]
    if missing:
        raise MediaError(
            f"{folder} has no {' and no '.join(missing)}: name a folder with what DUF's authors published."
        )
    import tensorflow as tf

    old = tf.compat.v1
    with tf.Graph().as_default(), _their_modules(folder, old) as (utils, nets):
        seen = old.placeholder(tf.float32, [None, FRAMES, None, None, 3])
        filters, residual = getattr(nets, f"FR_{depth}L")(seen, None, uf=scale)
        middle = seen[:, FRAMES // 2 : FRAMES // 2 + 1]
        planes = [utils.DynFilter3D(middle[..., plane], filters[:, 0], [1, 5, 5]) for plane in range(3)]
        filtered = tf.concat([old.depth_to_space(plane, scale) for plane in planes], axis=3)
        large = filtered[:, None] + utils.depth_to_space_3D(residual, scale)
        session = old.Session()
        session.run(old.global_variables_initializer())
    frames = np.random.default_rng(3).random((1, FRAMES, height, width, 3), dtype=np.float32)
    return lambda: session.run(large, {seen: frames})


@contextmanager
def _their_modules(folder: Path, old: Any) -> Iterator[list[ModuleType]]:
    """Their modules, to which TensorFlow's old interface is all of it."""
    present, past = sys.modules["tensorflow"], ModuleType("tensorflow")
    drawn = SimpleNamespace(variance_scaling_initializer=lambda **_: old.keras.initializers.he_normal())
    layers = SimpleNamespace(**{**vars(old.nn), "softmax": lambda filters, dim: _softmax(filters, dim, old)})
    contrib = SimpleNamespace(layers=drawn)
    past.__dict__.update({name: getattr(old, name) for name in dir(old)}, contrib=contrib, nn=layers)
    sys.path.insert(0, str(folder))
    sys.modules["tensorflow"] = past
    try:
        utils = import_module("utils")
        utils.BatchNorm = lambda values, _, name: _normalised(values, name, old)  # type: ignore[attr-defined]
        yield [utils, import_module("nets")]
    finally:
        sys.modules["tensorflow"] = present
        sys.path.remove(str(folder))
        for name in FILES:
            sys.modules.pop(name, None)


def _normalised(values: Any, name: str, old: Any) -> Any:
    """By the mean and the variance of training, here 0 and 1."""
    with old.variable_scope(name):
        mean, variance, offset, scale = (
            old.get_variable(part, values.shape[-1:], initializer=old.constant_initializer(first))
            for part, first in (("moving_mean", 0.0), ("moving_variance", 1.0), ("beta", 0.0), ("gamma", 1.0))
        )
    return old.nn.batch_normalization(values, mean, variance, offset, scale, EPSILON)


def _softmax(values: Any, axis: int, old: Any) -> Any:
    """With the first two dimensions as one."""
    shape = old.shape(values)
    return old.reshape(old.nn.softmax(old.reshape(values, old.concat([[-1], shape[2:]], 0)), axis - 1), shape)
