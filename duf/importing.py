"""The original authors' published parameter files (params_16L_x4.h5 and its siblings) become our weights."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from duf import weights
from duf.catalog import BUILT_IN
from duf.design import BODIES, SCALES
from duf.errors import ModelError
from duf.networks import DUF
from duf.weights import Array, Card

# Their layers by our names; {} is a block's number.
LAYERS = {
    "entry": "conv1",
    "block{}_norm1": "Rbn{}a",
    "block{}_mix": "Rconv{}a",
    "block{}_norm2": "Rbn{}b",
    "block{}_look": "Rconv{}b",
    "exit_norm": "fbn1",
    "exit": "conv2",
    "residual_hidden": "rconv1",
    "residual_out": "rconv2",
    "filter_hidden": "fconv1",
    "filter_out": "fconv2",
}
VARIABLES = {"kernel": "W", "bias": "b", "moving_mean": "moving_mean", "moving_variance": "moving_variance"}
BLOCK = re.compile(r"G/Rconv(\d+)[ab]/")
RESIDUAL_BIAS = "G/rconv2/b:0"


def import_file(
    file: Path, name: str | None = None, folder: Path | None = None, half: bool = False
) -> tuple[Path, Card]:
    """Turn the authors' `file` into a weight file and card in `folder` (the imported models of this installation).

    Depth and scale are found in the file. `name` (duf-16-authors ... if None) and the scale make the file's name; a
    model of the same name and scale is replaced. Returns the path without suffix, and the card. ModelError, and
    nothing written, if the file cannot be read or does not hold exactly such a network's parameters.
    """
    theirs = read(file)
    depth, scale = recognise(theirs, file.name)
    model = DUF(depth, scale)
    fill(model, theirs, file.name)
    name = name or f"duf-{depth}-authors"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise ModelError(f"{name!r} is no name for a model: use up to 64 letters, digits, dots, hyphens, underscores.")
    if name in BUILT_IN:
        raise ModelError(f"{name} is the name of a model that is here already: give yours another with --name.")
    card = Card(
        name=name,
        network="duf",
        options={"depth": depth, "scale": scale},
        what=f"DUF of {depth} layers, x{scale}, imported from the original authors' {file.name}",
        data="as the authors trained it (Jo et al., CVPR 2018)",
        licence="the authors' own; they publish the parameters without one",
    )
    path = (folder or weights.imported()) / f"{name}-x{scale}"
    return path, weights.save(model, path, card, half)


def read(file: Path) -> dict[str, Array]:
    """Every variable of the authors' file by its name (G/conv1/W:0 ...). ModelError if it is not such a file."""
    import h5py

    if not file.is_file():
        raise ModelError(f"There is no file {file}: check the name.")
    try:
        with h5py.File(file, "r") as content:
            return {_variable(name): _array(data, name) for name, data in content["params"].items()}
    except (OSError, KeyError, RuntimeError, AttributeError) as error:
        raise ModelError(
            f"{file.name} is damaged or not a parameter file of DUF (HDF5 with a group params): fetch it again."
        ) from error


def recognise(theirs: dict[str, Array], source: str) -> tuple[int, int]:
    """Depth and scale from the number of blocks and the width of the residual. ModelError for any other network."""
    blocks = max((int(match[1]) for name in theirs if (match := BLOCK.match(name))), default=0)
    depths = {body.blocks: depth for depth, body in BODIES.items()}
    if blocks not in depths:
        raise ModelError(
            f"{source} has {blocks} dense blocks (G/Rconv{blocks}b/W:0); DUF has {_or(depths)}; choose another."
        )
    residuals = {(3 * scale**2,): scale for scale in SCALES}
    bias = theirs.get(RESIDUAL_BIAS)
    shape = None if bias is None else bias.shape
    if shape not in residuals:
        has = f"the variable {RESIDUAL_BIAS} has shape {shape}; DUF has {_or(residuals)}"
        raise ModelError(f"{source}: {has}; choose another.")
    return depths[blocks], residuals[shape]


def fill(model: Any, theirs: dict[str, Array], source: str) -> None:
    """Give a DUF `model` the authors' variables. ModelError names the first misfit, in their words, and both shapes."""
    ours = {}
    for variable in model.weights:
        name, shape = their_name(variable.path), tuple(variable.shape)
        found = theirs[name].shape if name in theirs else None
        weights.check_shape(name, found, _their_shape(variable.path, shape), source)
        ours[variable.path] = theirs[name].reshape(shape)
    for name in theirs.keys() - {their_name(path) for path in ours}:
        has = f"a variable {name} of shape {theirs[name].shape}, which {model.name} lacks"
        raise ModelError(f"{source} has {has}; choose another.")
    weights.assign(model, ours, source)


def their_name(path: str) -> str:
    """Our block3_look/kernel is their G/Rconv3b/W:0."""
    layer, variable = path.split("/")
    number = re.search(r"\d+(?=_)", layer)
    block = number[0] if number else ""
    theirs = LAYERS[re.sub(r"\d+(?=_)", "{}", layer)].format(block)
    return f"G/{theirs}/{VARIABLES.get(variable, variable)}:0"


def _their_shape(path: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Their convolutions are all over time too, even where one frame is left."""
    return (1,) * (5 - len(shape)) + shape if path.endswith("/kernel") else shape


def _variable(dataset: str) -> str:
    """A dataset's name is the variable's with every _ doubled, then every / turned into _."""
    return re.sub("__?", lambda found: "_" if len(found[0]) == 2 else "/", dataset)


def _array(data: Any, name: str) -> Array:
    array = np.asarray(data)
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        held = f"The variable {_variable(name)} of shape {array.shape} holds values that are no numbers"
        raise ModelError(f"{held}; fetch the file again.")
    return array


def _or(choices: Any) -> str:
    *most, last = map(str, choices)
    return f"{', '.join(most)} or {last}"
