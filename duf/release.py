"""From a run of training to shipped weights: measured, compared with what ships, written with a card."""

import datetime
from pathlib import Path

from duf import weights
from duf.evaluation import PROTOCOLS, evaluate
from duf.streaming import Streaming
from duf.training import Trainer

DATA = (
    "250 pictures (Cloudinary Image Dataset '22, CC BY-SA 4.0; CLIC 2025, Unsplash licence) in synthetic motion and "
    "13 short clips (Intel IoT DevKit sample videos, CC BY 4.0; Segment Anything 2 demo gallery, CC BY 4.0; MDN, CC0)"
)
WHAT = "One pass a frame over a carried state that follows optical flow; 3x3 dynamic upsampling filters and a residual."


def measure(trainer: Trainer, clips: Path) -> dict[str, dict[str, float]]:
    """PSNR in dB and SSIM in both protocols, mean of `clips`."""
    network, scale = trainer.averaged(), trainer.recipe.scale
    figures = {}
    for protocol in PROTOCOLS:
        mean = evaluate(lambda scale, sampling: Streaming(network, scale, sampling), clips, scale, protocol)[-1]
        figures[protocol] = {"psnr": round(mean.psnr, 2), "ssim": round(mean.ssim, 4)}
    return figures


def release(trainer: Trainer, clips: Path, log: Path) -> bool:
    """Ships the run's averaged weights if the paper protocol's PSNR beats the shipped one; logs the run either way."""
    recipe = trainer.recipe
    path = weights.SHIPPED / f"{recipe.network}-x{recipe.scale}"
    figures = measure(trainer, clips)
    better = figures["paper"]["psnr"] > shipped_psnr(path)
    if better:
        network = trainer.averaged()
        card = weights.Card(
            name=recipe.network,
            network=recipe.network,
            options={"scale": recipe.scale, "channels": network.channels, "blocks": network.blocks},
            what=WHAT,
            data=DATA,
            licence="MIT",
            figures={**figures, "steps": trainer.step, "batch": recipe.batch, "parameters": network.count_params()},
        )
        weights.save(network, path, card, half=True)
    append(log, trainer, figures, better)
    return better


def shipped_psnr(path: Path) -> float:
    if not path.with_name(path.name + ".json").exists():
        return 0.0
    return float(weights.read_card(path).figures["paper"]["psnr"])


def append(log: Path, trainer: Trainer, figures: dict[str, dict[str, float]], shipped: bool) -> None:
    """A line at the end of the log, whose last section is the table of what was run."""
    cells = [f"{figures[p]['psnr']:.2f} / {figures[p]['ssim']:.4f}" for p in PROTOCOLS]
    today = datetime.date.today().isoformat()
    row = [today, trainer.folder.name, f"{trainer.step}/{trainer.recipe.steps}", *cells, "yes" if shipped else "no"]
    with log.open("a") as file:
        file.write("| " + " | ".join(row) + " |\n")
