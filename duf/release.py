"""From a run of training to shipped weights: measured, compared with what ships, written with a card."""

import datetime
from pathlib import Path
from typing import Any

from duf import runs, weights
from duf.errors import ModelError
from duf.evaluation import PROTOCOLS, evaluate
from duf.stream import Stream
from duf.streaming import Streaming
from duf.training import Trainer

DATA = (
    "250 pictures (Cloudinary Image Dataset '22, CC BY-SA 4.0; CLIC 2025, Unsplash licence) in synthetic motion and "
    "13 short clips (Intel IoT DevKit sample videos, CC BY 4.0; Segment Anything 2 demo gallery, CC BY 4.0; MDN, CC0)"
)
WHAT = "One pass a frame over a carried state that follows optical flow; 3x3 dynamic upsampling filters and a residual."

Figures = dict[str, dict[str, float]]


def measure(network: Stream, clips: Path) -> Figures:
    """PSNR in dB and SSIM of a network in both protocols, mean of `clips`."""
    figures = {}
    for protocol in PROTOCOLS:
        mean = evaluate(lambda scale, sampling: Streaming(network, scale, sampling), clips, network.scale, protocol)[-1]
        figures[protocol] = {"psnr": round(mean.psnr, 2), "ssim": round(mean.ssim, 4)}
    return figures


def release(trainer: Trainer, clips: Path, log: Path = runs.LOG, folder: Path = weights.SHIPPED) -> bool:
    """Ships a run's averaged weights if the paper protocol's PSNR beats the shipped one; logs the run either way."""
    if trainer.step == 0:
        raise ModelError(f"{trainer.folder} has no checkpoint: train it first.")
    recipe, network = trainer.recipe, trainer.averaged().network
    path = folder / f"{recipe.network}-x{recipe.scale}"
    figures = measure(network, clips)
    better = figures["paper"]["psnr"] > shipped_psnr(path)
    if better:
        weights.save(network, path, card(trainer, network, figures), half=True)
    results = [f"{figures[p]['psnr']:.2f} / {figures[p]['ssim']:.4f}" for p in PROTOCOLS]
    today, steps = datetime.date.today().isoformat(), f"{trainer.step}/{recipe.steps}"
    runs.append(log, [today, trainer.folder.name, steps, *results, "yes" if better else "no"])
    if trainer.step >= recipe.steps:
        runs.tick(log, trainer.folder.name)
    return better


def card(trainer: Trainer, network: Stream, figures: Figures) -> weights.Card:
    recipe = trainer.recipe
    training: dict[str, Any] = {"run": trainer.folder.name, "steps": trainer.step, "batch": recipe.batch}
    return weights.Card(
        name=recipe.network,
        network=recipe.network,
        options={"scale": recipe.scale, "channels": network.channels, "blocks": network.blocks},
        what=WHAT,
        data=DATA,
        licence="MIT",
        figures={**figures, **training, "start_from": recipe.start_from, "parameters": network.count_params()},
    )


def shipped_psnr(path: Path) -> float:
    if not path.with_name(path.name + ".json").exists():
        return 0.0
    return float(weights.read_card(path).figures["paper"]["psnr"])
