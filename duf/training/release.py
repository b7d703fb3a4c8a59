"""From a run of training to shipped weights: measured, compared with what ships, written with a card."""

import datetime
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from duf import catalog, reference, streaming, tensors, weights
from duf.devices import cores
from duf.errors import ModelError
from duf.judging import evaluation
from duf.judging.protocols import PAPER, VIDEO, Protocol, protocol
from duf.judging.speed import SIZE, cost_a_frame
from duf.stream import folded
from duf.streaming import LEARNT
from duf.training import runs
from duf.training.learners import WINDOWED
from duf.training.progress import Progress
from duf.training.recipe import Recipe, read_recipe

DATA = (
    "250 pictures (Cloudinary Image Dataset '22, CC BY-SA 4.0; CLIC 2025, Unsplash licence) in synthetic motion and "
    "13 short clips (Intel IoT DevKit sample videos, CC BY 4.0; Segment Anything 2 demo gallery, CC BY 4.0; MDN, CC0)"
)
WHAT = "One pass a frame over a carried state that follows optical flow; 3x3 dynamic upsampling filters and a residual."
WHAT_DUF = "DUF of {depth} layers: seven frames for each picture; 5x5 dynamic upsampling filters and a residual."
COMPRESSED = "-compressed"  # how the names of networks end that are for compressed sources
CORNER = "-corner"  # the same, of those that are fitted to the paper's protocol
SLIGHT = 0.03  # dB by which what does not flicker may be behind what does
CRF = 25  # at which sources are compressed like most that people have

Figures = dict[str, dict[str, float | None]]


def protocols(network: str) -> list[Protocol]:
    """What a network is measured in."""
    crfs = (18, CRF, 32) if network.endswith(COMPRESSED) else (CRF,)
    return [PAPER, VIDEO, *(protocol("video", crf) for crf in crfs)]


def at_work(recipe: Recipe, network: Any) -> evaluation.Load:
    """What runs the network of a recipe, as the catalogue gives it, but never both ways, which costs twice."""
    if recipe.network in WINDOWED:
        load: evaluation.Load = partial(tensors.windowed, network)
    elif network.design.returns:
        load = partial(reference.Returning, network)
    else:
        load = partial(reference.streaming, network, fine=recipe.shard.fine_flow)
    return evaluation.steadied(load)


def opened(folder: Path) -> Progress:
    """A run from its folder. ModelError if it has no recipe or no checkpoint."""
    trainer = Progress(read_recipe(runs.recipe_file(folder.name)), folder)
    if trainer.step == 0:
        raise ModelError(f"{folder} has no checkpoint: train it first.")
    return trainer


def reached(trainer: Progress) -> evaluation.Load:
    """The averaged weights of a run, as they would ship."""
    return at_work(trainer.recipe, as_shipped(trainer))


def measure(load: evaluation.Load, clips: Path, scale: int, chosen: list[Protocol]) -> Figures:
    """The mean figures of a model over `clips`, by the title of each protocol."""
    figures = {}
    for one in chosen:
        judged = list(evaluation.evaluate({"it": load}, clips, scale, one))
        mean = evaluation.means(judged)["it"].to_json()
        figures[one.title] = {name: value and round(value, 4) for name, value in mean.items()}
    return figures


def release(trainer: Progress, clips: Path, log: Path = runs.LOG, folder: Path = weights.SHIPPED) -> bool:
    """Ships a run's averaged weights if they are better than what users get now; logs it either way.

    They are if their PSNR beats that, and what costs no more, or if they are `calmer`. What counts are the protocols
    that are like their use (`judged_by`). Runs for the ablation are never shipped. A DUF is there to be compared with:
    it need only beat its own former weights.
    """
    recipe, network = trainer.recipe, as_shipped(trainer)
    path, load = folder / f"{recipe.network}-x{recipe.scale}", at_work(recipe, network)
    figures, seconds = measure(load, clips, recipe.scale, protocols(recipe.network)), cost(load, recipe.scale)
    judges = judged_by(recipe.network)
    rivals = [best_so_far(path, recipe.scale, clips, judges)]
    if recipe.network not in WINDOWED:
        rivals.append(best_of_others(path, recipe.scale, network, judges))
    told = card(trainer, network, {**figures, **seconds})
    better = psnr_of(figures, judges) > max(rivals) or calmer(network, told, path, clips)
    if better := better and not trainer.folder.name.startswith(runs.ABLATION):
        weights.save(network, path, told, half=True)
    append(trainer, figures, seconds["seconds_a_frame"], better, log)
    return better


def as_shipped(trainer: Progress) -> Any:
    """The averaged network, folded, with the precision that its file keeps, so that what is measured is what ships."""
    network = trainer.averaged().network
    if trainer.recipe.network not in WINDOWED:
        network = folded(network, trainer.recipe.network)
    network.set_weights([values.astype(np.float16).astype(np.float32) for values in network.get_weights()])
    return network


def cost(load: evaluation.Load, scale: int) -> dict[str, Any]:
    """Seconds and core seconds a frame, of what size and on how many cores."""
    seconds, core_seconds = (round(value, 4) for value in cost_a_frame(load(scale, "centre")))
    size = "{}x{}".format(*SIZE)
    return {"seconds_a_frame": seconds, "core_seconds_a_frame": core_seconds, "source": size, "cores": cores()}


def judged_by(network: str) -> list[Protocol]:
    """The protocols whose mean decides whether a network ships: what people have is clean or was compressed."""
    if network.endswith(COMPRESSED):
        return [protocol("video", CRF)]
    return [PAPER] if network.endswith(CORNER) or network in WINDOWED else [VIDEO, protocol("video", CRF)]


def uses(network: str) -> list[Protocol]:
    """The protocols of whatever a network may be used for, where it should not flicker."""
    return [PAPER] if network.endswith(CORNER) or network in WINDOWED else protocols(network)


def best_so_far(path: Path, scale: int, clips: Path, judges: list[Protocol]) -> float:
    """The PSNR of what ships as PATH, or is made from the larger picture where a scale has no weights; else 0."""
    name = path.name.removesuffix(f"-x{scale}")
    larger = path.with_name(f"{name}-x{LEARNT}")
    for own in (path, path.with_name(f"{name.removesuffix(CORNER)}-x{scale}")):
        if weights.exists(own):
            return psnr_of(weights.read_card(own).figures, judges)
    if not weights.exists(larger):
        return 0.0
    load = evaluation.steadied(partial(streaming.reference, larger))
    return psnr_of(measure(load, clips, scale, judges), judges)


def best_of_others(path: Path, scale: int, network: Any, judges: list[Protocol]) -> float:
    """The PSNR of the best among the other shipped networks of that scale that are no larger; 0 if there are none."""
    most = network.count_params()
    cards = [card for other, card in weights.cards(path.parent).items() if other != path and card.scale == scale]
    rivals = [card for card in cards if card.figures.get("parameters", most) <= most]
    return max((psnr_of(card.figures, judges) for card in rivals), default=0.0)


def calmer(network: Any, told: weights.Card, path: Path, clips: Path) -> bool:
    """Whether what ships flickers more than bicubic where nothing moves, and this does not, for a slight loss.

    Both are measured as users run them, for their bytes flicker too. This must not flicker in any of its uses.
    """
    if told.name in WINDOWED or not weights.exists(path):
        return False
    judges, seen = judged_by(told.name), uses(told.name)
    with TemporaryDirectory() as folder:
        weights.save(network, coming := Path(folder) / path.name, told, half=True)
        loads = [evaluation.steadied(partial(streaming.opened, file)) for file in (path, coming)]
        loads.append(partial(catalog.load, "bicubic"))
        before, after, plain = (measure(load, clips, told.scale, seen) for load in loads)
    if any(flickers(after, plain, one) for one in seen) or not any(flickers(before, plain, one) for one in seen):
        return False
    return psnr_of(before, judges) - psnr_of(after, judges) < SLIGHT


def flickers(figures: Figures, plain: Figures, one: Protocol) -> bool:
    """Whether something flickers more than the plain picture; what was not measured does not."""
    static, least = (measured.get(one.title, {}).get("static_flicker") or 0.0 for measured in (figures, plain))
    return static > least


def psnr_of(figures: Mapping[str, Any], judges: list[Protocol]) -> float:
    """The mean over the judges; one that was not asked counts as 0."""
    return mean(float(figures.get(judge.title, {}).get("psnr") or 0.0) for judge in judges)


def append(trainer: Progress, figures: Figures, seconds: float, better: bool, log: Path) -> None:
    """A row of the log, and a tick if the run is over."""
    run, steps = trainer.folder.name, f"{trainer.step}/{trainer.recipe.steps}"
    paper, video, compressed = (
        f"{figures[one.title]['psnr']:.2f} / {figures[one.title]['ssim']:.4f}"
        for one in (PAPER, VIDEO, protocol("video", CRF))
    )
    today, shipped = datetime.date.today().isoformat(), "yes" if better else "no"
    runs.append(log, [today, run, steps, paper, video, shipped, compressed, f"{seconds:.3f}"])
    if trainer.step >= trainer.recipe.steps:
        runs.tick(log, run)


def card(trainer: Progress, network: Any, figures: dict[str, Any]) -> weights.Card:
    recipe = trainer.recipe
    training: dict[str, Any] = {"run": trainer.folder.name, "steps": trainer.step, "batch": recipe.batch}
    kind, options, what = described(recipe, network)
    return weights.Card(
        name=recipe.network,
        network=kind,
        options={"scale": recipe.scale, **options},
        what=what,
        data=DATA,
        licence="MIT",
        figures={**figures, **training, "start_from": recipe.start_from, "parameters": network.count_params()},
    )


def described(recipe: Recipe, network: Any) -> tuple[str, dict[str, int], str]:
    """Which network reads the file, what to know of it besides the scale, and what it is in a sentence."""
    if depth := WINDOWED.get(recipe.network):
        return "duf", {"depth": depth}, WHAT_DUF.format(depth=depth)
    options = {"channels": network.channels, "blocks": network.blocks, "fine_flow": recipe.shard.fine_flow}
    return recipe.network, options, WHAT
