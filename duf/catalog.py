"""The models that can be chosen. Reading the table costs nothing: Keras is imported by `load` alone."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from duf import weights
from duf.devices import gpu
from duf.errors import ModelError
from duf.native import target
from duf.weights import Card

if TYPE_CHECKING:
    from duf.upscaler import Upscaler

SAMPLINGS = ("centre", "corner")  # where a source pixel lies among those that it becomes; the first as players have it
PRECISIONS = ("int8", "bfloat16", "float32")


@dataclass(frozen=True)
class Model:
    """A row of the table."""

    name: str
    title: str  # what a person reads
    # "module:function", or "module:function:name"; called with whose weights serve that name, scale and sampling
    loader: str
    cost: float  # core seconds per million source pixels, for plans that never change; not a measurement
    past: int = 0  # frames of history before a run inside a scene
    future: int = 0  # frames of look-ahead
    reset_every: int = 48  # frames between the starts of runs inside a scene
    scales: tuple[int, ...] = (2, 3, 4)
    precisions: tuple[str, ...] = ("float32",)  # the first one where nothing else is said and the machine can
    steadied: bool = False  # held still where the source stands still: duf/steady.py
    note: str = ""  # what a person should know before choosing


def usual() -> str:
    """What keeps up with a film on two cores of this machine."""
    return "stream" if gpu() or target() == "amx" else "stream-light"


DEFAULT = usual()
SCALES = (2, 3, 4)
INTERPOLATIONS = (
    Model("bicubic", "Bicubic (no learning)", "duf.upscaler:bicubic", cost=1.0),
    Model("lanczos", "Lanczos (no learning)", "duf.upscaler:lanczos", cost=1.0),
)
# Core seconds per million source pixels, measured once, when networks were smaller and ran without tiles; they stay, so
# that work which is under way stays divided as it is. Of the streaming networks by name, of DUF by its depth.
STREAM_COSTS = {"stream": 1.0, "stream-light": 1.0, "stream-hq": 2.4, "stream-compressed": 1.0}
DUF_COSTS = {16: 42.0, 28: 82.0, 52: 355.0}
TITLES = {
    "stream": "Stream",
    "stream-light": "Stream Light (faster, less sharp)",
    "stream-hq": "Stream HQ (slower, sharper)",
    "stream-compressed": "Stream for heavily compressed sources",
    "duf-16": "DUF-16 (the published network, very slow)",
}
RECOMMENDED = {"stream": "Stream (recommended)", "stream-light": "Stream Light (recommended on this machine)"}
SLOW = "Seven frames for each picture: slow."
BEHIND = "Seven frames for each picture: slow. Made for sources as in its paper; on other video Stream is better."
BOTH_WAYS = {"stream-hq"}
ELSEWHERE = {"stream-light": "stream", "stream-hq": "stream"}  # whose weights serve at a scale for which it has none


def streams() -> dict[str, Model]:
    """The streaming networks whose weights are shipped."""
    return {name: _stream_row(name) for name in STREAM_COSTS if weights.shipped(serving(name, 4), 4)}


def serving(name: str, scale: int) -> str:
    """Whose weights a network runs with at a scale."""
    return name if weights.shipped(name, scale) else ELSEWHERE.get(name, name)


def _stream_row(name: str) -> Model:
    made = [f"{scale}x" for scale in SCALES if not weights.shipped(serving(name, scale), scale)]
    return Model(
        name,
        (RECOMMENDED if name == DEFAULT else TITLES)[name],
        f"duf.both_ways:both_ways:{name}" if name in BOTH_WAYS else f"duf.streaming:stream:{name}",
        cost=STREAM_COSTS[name],
        past=12,
        future=3 if name in BOTH_WAYS else 1,
        reset_every=240,
        precisions=("int8", "float32"),
        steadied=True,
        note=f"Made from its 4x picture by exact downscaling: {', '.join(made)}." if made else "",
    )


def dufs(folder: Path, whose: str) -> dict[str, Model]:
    """The DUF models of a folder, each with the scales that are there; `whose`: "imported" or "shipped"."""
    found: dict[str, list[Card]] = {}
    for card in weights.cards(folder).values():
        if card.network == "duf":
            found.setdefault(card.name, []).append(card)
    return {name: _duf_row(name, cards, whose) for name, cards in found.items()}


def _duf_row(name: str, cards: list[Card], whose: str) -> Model:
    depth = max(card.options["depth"] for card in cards)
    return Model(
        name,
        TITLES[name] if whose == "shipped" else f"{name} (DUF, {depth} layers, {whose})",
        f"duf.windows:{whose}:{name}",
        cost=DUF_COSTS[depth],
        past=3,
        future=3,
        scales=tuple(sorted(card.scale for card in cards)),
        precisions=PRECISIONS if whose == "shipped" else PRECISIONS[::-1],  # the authors' own as they published it
        steadied=whose == "shipped",
        note=BEHIND if _is_behind(cards) else SLOW,
    )


def _is_behind(cards: list[Card]) -> bool:
    """Whether their picture of ordinary video, where it was measured, is not as good as that of `stream`."""
    reached: list[float] = [card.figures["video"]["psnr"] for card in cards if "video" in card.figures]
    better = weights.shipped("stream", 4)
    if not reached or better is None:
        return False
    return max(reached) < float(weights.read_card(better).figures["video"]["psnr"])


BUILT_IN = streams() | dufs(weights.SHIPPED, "shipped") | {model.name: model for model in INTERPOLATIONS}
# What was imported before a model of its name was shipped stays what its owner knows.
MODELS = BUILT_IN | dufs(weights.imported(), "imported")


def model(name: str) -> Model:
    try:
        return MODELS[name]
    except KeyError:
        raise ModelError(f"There is no model called {name}: choose one of {', '.join(MODELS)}.") from None


def fastest(name: str, scale: int) -> str:
    """The precision that `load` would choose on this machine."""
    chosen = model(name)
    if chosen.precisions[0] != "int8":
        return chosen.precisions[0]
    if chosen.loader.startswith("duf.windows"):
        return str(import_module("duf.windows").fastest())
    return str(import_module("duf.streaming").fastest(serving(name, scale), scale))


def graphics(name: str, precision: str | None) -> str | None:
    """The graphics processor that a model would run on here, by its name."""
    return gpu() if precision != "int8" and model(name) not in INTERPOLATIONS else None


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
    module, function, *names = chosen.loader.split(":")
    which = [serving(one, scale) for one in names]
    more = {"precision": precision} if len(chosen.precisions) > 1 else {}
    upscaler: Upscaler = getattr(import_module(module), function)(*which, scale, sampling, **more)
    if not chosen.steadied:
        return upscaler
    from duf.steady import Steady

    return Steady(upscaler)
