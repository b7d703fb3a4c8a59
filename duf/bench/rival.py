"""Another network beside, on the same machine in the same run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from duf.bench.clocks import timed
from duf.bench.figures import Measure
from duf.bench.plan import PRESETS, Plan
from duf.devices import cores
from duf.errors import MediaError

RIVAL = "realesr-animevideov3"


def beside(folder: Path, plan: Plan, measures: list[Measure]) -> list[Measure]:
    """The network that lies in `folder`, on a frame of the same size; beside a DUF, its authors' graph."""
    name, enlarge = _authors(folder, plan) if plan.model.startswith("duf-") else _realesr(folder, plan)
    enlarge()
    runs = [timed(enlarge) for _ in range(plan.runs)]
    alone, used = ([run[n] for run in runs] for n in (0, 1))
    found = {measure.name: measure.middle for measure in measures}
    rate, ours = (found[f"{what}, {PRESETS[0]}"] for what in ("end to end", "core time"))
    return [
        Measure(f"{name}, network alone", "s/frame", alone),
        Measure(f"{name}, core time", "core ms/frame", [1000 * seconds for seconds in used]),
        Measure(f"its time, of ours from file to file, {PRESETS[0]}", "times", [one * rate for one in alone]),
        Measure(f"its core time, of ours, {PRESETS[0]}", "times", [1000 * one / ours for one in used]),
    ]


def _authors(folder: Path, plan: Plan) -> tuple[str, Callable[[], Any]]:
    from duf.bench.original import original

    depth = int(plan.model.split("-")[1])
    return f"the authors' graph, x{plan.scale}", original(folder, depth, plan.scale, plan.width, plan.height)


def _realesr(folder: Path, plan: Plan) -> tuple[str, Callable[[], Any]]:
    """Video2X's default network, by its files for ncnn, at 4x."""
    try:
        import ncnn
    except ImportError as error:
        raise MediaError("To run another network beside, install ncnn: `pip install ncnn`.") from error
    network = ncnn.Net()
    network.opt.num_threads = cores()
    network.load_param(str(folder / f"{RIVAL}-x4.param"))
    network.load_model(str(folder / f"{RIVAL}-x4.bin"))
    frame = ncnn.Mat(np.random.default_rng(3).random((3, plan.height, plan.width), dtype=np.float32))

    def enlarge() -> None:
        extractor = network.create_extractor()
        extractor.input(network.input_names()[0], frame)
        extractor.extract(network.output_names()[0])

    return f"{RIVAL} x4", enlarge
