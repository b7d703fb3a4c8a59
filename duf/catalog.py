"""The models that can be chosen. Reading the table costs nothing: Keras is imported by `load` alone."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from duf import weights
from duf.errors import ModelError
from duf.weights import Card

if TYPE_CHECKING:
    from duf.upscaler import Upscaler

DEFAULT = "stream"
PRECISIONS = ("int8", "bfloat16", "float32")


@dataclass(frozen=True)
class Model:
    """A row of the table."""

    name: str
    title: str  # what a person reads
    loader: str  # "module:function", or "module:function:name"; called with the name, if any, scale and sampling
    cost: float  # core seconds per million source pixels, for plans that never change; not a measurement
    past: int = 0  # frames of history before a run inside a scene
    future: int = 0  # frames of look-ahead
    reset_every: int = 48  # frames between the starts of runs inside a scene
    scales: tuple[int, ...] = (2, 3, 4)
    precisions: tuple[str, ...] = ("float32",)  # the first one where nothing else is said and the machine can
    note: str = ""  # what a person should know before choosing


BUILT_IN = {
    model.name: model
    for model in (
        Model(
            "stream",
            "Stream (recommended)",
            "duf.streaming:stream",
            cost=1.0,
            past=12,
            reset_every=240,
            precisions=("int8", "float32"),
            note="2x and 3x are made from its 4x picture by exact downscaling.",
        ),
        Model("bicubic", "Bicubic (no learning)", "duf.upscaler:bicubic", cost=1.0),
        Model("lanczos", "Lanczos (no learning)", "duf.upscaler:lanczos", cost=1.0),
    )
}

# Core seconds per million source pixels of DUF by its depth, measured.
DUF_COSTS = {16: 260.0, 28: 510.0, 52: 2200.0}


def imported(folder: Path) -> dict[str, Model]:
    """The models of a folder of imported weights, each with the scales that are there."""
    found: dict[str, list[Card]] = {}
    for card in weights.cards(folder).values():
        if card.network == "duf":
            found.setdefault(card.name, []).append(card)
    return {name: _row(name, cards) for name, cards in found.items()}


def _row(name: str, cards: list[Card]) -> Model:
    depth = max(card.options["depth"] for card in cards)
    return Model(
        name,
        f"{name} (DUF, {depth} layers, imported)",
        f"duf.windows:imported:{name}",
        cost=DUF_COSTS[depth],
        past=3,
        future=3,
        scales=tuple(sorted(card.scale for card in cards)),
        precisions=("float32", "bfloat16"),
        note="Seven frames for each picture: slow.",
    )


MODELS = imported(weights.imported()) | BUILT_IN


def model(name: str) -> Model:
    try:
        return MODELS[name]
    except KeyError:
        raise ModelError(f"There is no model called {name}: choose one of {', '.join(MODELS)}.") from None


def load(name: str, scale: int, sampling: str = "centre", precision: str | None = None) -> Upscaler:
    """The model ready to work on sources of that sampling ("centre" or "corner", see duf/material/degradation.py).

    `precision` None: the fastest that keeps the picture. ModelError if it has no such scale or precision or its
    weights are missing or damaged.
    """
    chosen = model(name)
    if precision not in (None, *chosen.precisions):
        raise ModelError(f"{name} does not run in {precision}: choose {' or '.join(chosen.precisions)}.")
    if scale not in chosen.scales:
        offered = ", ".join(str(s) for s in chosen.scales)
        raise ModelError(f"{name} cannot enlarge {scale} times: choose one of {offered}.")
    module, function, *which = chosen.loader.split(":")
    more = {"precision": precision} if len(chosen.precisions) > 1 else {}
    upscaler: Upscaler = getattr(import_module(module), function)(*which, scale, sampling, **more)
    return upscaler
