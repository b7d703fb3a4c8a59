"""The models that can be chosen. Reading the table costs nothing: Keras is imported by `load` alone."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from duf.errors import ModelError

if TYPE_CHECKING:
    from duf.upscaler import Upscaler

DEFAULT = "stream"


@dataclass(frozen=True)
class Model:
    """A row of the table."""

    name: str
    title: str  # what a person reads
    loader: str  # "module:function", called with scale and sampling
    cost: float  # core seconds per million source pixels, for plans that never change; not a measurement
    past: int = 0  # frames of history before a run inside a scene
    future: int = 0  # frames of look-ahead
    reset_every: int = 48  # frames between the starts of runs inside a scene
    scales: tuple[int, ...] = (2, 3, 4)
    note: str = ""  # what a person should know before choosing


MODELS = {
    model.name: model
    for model in (
        Model(
            "stream",
            "Stream (recommended)",
            "duf.streaming:stream",
            cost=4.0,
            past=12,
            reset_every=240,
            note="2x and 3x are made from its 4x picture by exact downscaling.",
        ),
        Model("bicubic", "Bicubic (no learning)", "duf.upscaler:bicubic", cost=1.0),
        Model("lanczos", "Lanczos (no learning)", "duf.upscaler:lanczos", cost=1.0),
    )
}


def model(name: str) -> Model:
    try:
        return MODELS[name]
    except KeyError:
        raise ModelError(f"There is no model called {name}: choose one of {', '.join(MODELS)}.") from None


def load(name: str, scale: int, sampling: str = "centre") -> Upscaler:
    """The model ready to work on sources of that sampling ("centre" or "corner", see duf/degradation.py).

    ModelError if it has no such scale or its weights are missing or damaged.
    """
    chosen = model(name)
    if scale not in chosen.scales:
        offered = ", ".join(str(s) for s in chosen.scales)
        raise ModelError(f"{name} cannot enlarge {scale} times: choose one of {offered}.")
    module, function = chosen.loader.split(":")
    upscaler: Upscaler = getattr(import_module(module), function)(scale, sampling)
    return upscaler
