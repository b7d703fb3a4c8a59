"""Weight files and their cards: NAME.npz holds a network's variables, NAME.json says what they are.

Reading the cards needs no Keras, so a list of models costs nothing.
"""

import hashlib
import json
import logging
import os
import zipfile
from dataclasses import asdict, dataclass, field, fields, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from duf.errors import ModelError

log = logging.getLogger(__name__)

Array = npt.NDArray[Any]

SHIPPED = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Card:
    """What a weight file is: which network reads it, and where its numbers come from.

    `options` tell what to build and how to run it (scale, depth, channels, fine_flow ...); `figures` are measured
    results by name. `sha256` is that of the weight file, written by save().
    """

    name: str
    network: str
    options: dict[str, int]
    what: str
    data: str
    licence: str
    figures: dict[str, Any] = field(default_factory=dict)
    precision: str = "single"
    sha256: str = ""

    @property
    def scale(self) -> int:
        return self.options["scale"]


def imported() -> Path:
    """The folder of the models that this installation's owner imported: $VSR_MODELS, or var/models beside the code."""
    return Path(os.environ.get("VSR_MODELS") or Path(__file__).parent.parent / "var" / "models")


def shipped(name: str, scale: int, sampling: str = "") -> Path | None:
    """Where the weights of a model that comes with the code are, if there are any for that scale.

    Those that are fitted to a sampling go before those that serve every one.
    """
    paths = (SHIPPED / f"{name}-{sampling}-x{scale}", SHIPPED / f"{name}-x{scale}")
    return next((path for path in paths if exists(path)), None)


def exists(path: Path) -> bool:
    """Whether there is a model of that path (without suffix)."""
    return _file(path, ".json").exists()


def save(model: Any, path: Path, card: Card, half: bool = False) -> Card:
    """Write the variables of a built Keras `model` to PATH.npz and the completed card to PATH.json.

    `half` stores 16-bit floats: half the size, about three decimal digits. Either file appears whole or not at all.
    """
    arrays = {name_within(model, variable): np.asarray(variable) for variable in model.weights}
    if len(arrays) != len(model.weights):
        raise ModelError(f"The network {model.name} cannot be saved: two of its variables have the same name.")
    packed = BytesIO()
    stored: dict[str, Any] = {name: array.astype(np.float16 if half else np.float32) for name, array in arrays.items()}
    np.savez(packed, **stored)
    card = replace(card, precision="half" if half else "single", sha256=_sha256(packed.getvalue()))
    path.parent.mkdir(parents=True, exist_ok=True)
    write(_file(path, ".npz"), packed.getvalue())
    write(_file(path, ".json"), (json.dumps(asdict(card), indent=2) + "\n").encode())
    return card


def read_card(path: Path) -> Card:
    """The card PATH.json. ModelError if there is none or it cannot be understood."""
    file = _file(path, ".json")
    try:
        values = json.loads(file.read_text())
        card = Card(**{known.name: values[known.name] for known in fields(Card)})
        if not card.scale:
            raise ValueError
    except FileNotFoundError as error:
        raise ModelError(f"There is no model card {file}; import or train the model first.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The model card {file} is damaged; import or train the model again.") from error
    return card


def cards(folder: Path) -> dict[Path, Card]:
    """Every card of a folder by its path (without suffix), in the order of their names.

    A damaged card is logged and passed over: one bad model must not keep the others from working.
    """
    found = {}
    for file in sorted(folder.glob("*.json")):
        try:
            found[file.with_suffix("")] = read_card(file.with_suffix(""))
        except ModelError as error:
            log.warning("%s", error)
    return found


def read(path: Path) -> tuple[Card, dict[str, Array]]:
    """The card PATH.json and the arrays of PATH.npz. ModelError if one is missing or they do not belong together."""
    card = read_card(path)
    return card, _unpack(_file(path, ".npz"), card.sha256)


def load_into(model: Any, path: Path) -> Card:
    """Fill the variables of a built Keras `model` from PATH.npz and return its card.

    Raises ModelError, and leaves the model as it was, if a file is missing, the weight file is not the one that
    its card describes, or it does not fit the network.
    """
    card, arrays = read(path)
    assign(model, arrays, str(_file(path, ".npz")))
    return card


def load_fitting(model: Any, scale: int, path: Path) -> list[str]:
    """Fill what PATH.npz has of a network of `scale`; the names of the variables that it has not, left as they were.

    At the same scale a wider network begins as the narrower one (`widened`). Raises ModelError if a file is missing,
    not the one that its card describes, or if nothing in it fits.
    """
    card, arrays = read(path)
    fits = _within if card.scale == scale else tuple.__eq__
    variables = {name_within(model, variable): variable for variable in model.weights}
    filled = {name for name, v in variables.items() if name in arrays and fits(arrays[name].shape, tuple(v.shape))}
    if not filled:
        raise ModelError(f"Nothing in {_file(path, '.npz')} fits the network {model.name}: start from another model.")
    for name in filled:
        variables[name].assign(widened(arrays[name].astype(np.float32), np.asarray(variables[name])))
    return [name for name in variables if name not in filled]


def widened(narrow: Array, wide: Array) -> Array:
    """`wide` with `narrow` in its first channels, which do not listen to the others (Net2Net, Chen et al. 2016)."""
    result = wide.copy()
    if narrow.ndim > 1:
        result[..., : narrow.shape[-1]] = 0
    result[tuple(map(slice, narrow.shape))] = narrow
    return result


def _within(narrow: tuple[int, ...], wide: tuple[int, ...]) -> bool:
    """Whether they differ in channels alone, of which the wide one has no fewer."""
    return (
        narrow[:-2] == wide[:-2] and len(narrow) == len(wide) and all(a <= b for a, b in zip(narrow, wide, strict=True))
    )


def assign(model: Any, arrays: dict[str, Array], source: str) -> None:
    """Give every variable of `model` its array, by name. ModelError names the first misfit and both shapes."""
    variables = {name_within(model, variable): variable for variable in model.weights}
    for name, variable in variables.items():
        check_shape(name, arrays[name].shape if name in arrays else None, tuple(variable.shape), source)
    for name in arrays:
        if name not in variables:
            raise ModelError(
                f"{source} has a variable {name} of shape {arrays[name].shape}, which {model.name} lacks; "
                "choose a file for this network."
            )
    for name, variable in variables.items():
        variable.assign(arrays[name].astype(np.float32))


def check_shape(name: str, found: tuple[int, ...] | None, wanted: tuple[int, ...], source: str) -> None:
    """ModelError unless the variable is there (`found` is not None) and has the wanted shape."""
    if found is None:
        raise ModelError(f"{source} lacks the variable {name} of shape {wanted}: choose a file for this network.")
    if found != wanted:
        raise ModelError(
            f"{source} does not fit: the variable {name} has shape {found} and not {wanted}; choose another."
        )


def _unpack(file: Path, sha256: str) -> dict[str, Array]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The weight file {file} cannot be read ({error.strerror}); fetch or import it again."
        ) from error
    if _sha256(content) != sha256:
        raise ModelError(
            f"The weight file {file} is not the one its card describes (sha256); fetch or import it again."
        )
    try:
        with np.load(BytesIO(content), allow_pickle=False) as archive:
            return dict(archive)
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise ModelError(f"{file} is not a weight file; import or train the model again.") from error


def name_within(model: Any, variable: Any) -> str:
    """A variable's path inside its model, whatever the model itself is called."""
    return str(variable.path).removeprefix(f"{model.name}/")


def _file(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def write(file: Path, content: bytes) -> None:
    """Whole or not at all."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(file)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
