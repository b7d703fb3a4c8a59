"""Another network beside, on the same machine in the same run."""

from pathlib import Path
from statistics import median

import numpy as np

from duf.bench.clocks import timed
from duf.bench.figures import Measure
from duf.bench.plan import PRESETS, Plan
from duf.devices import cores
from duf.errors import MediaError

RIVAL = "realesr-animevideov3"


def beside(folder: Path, plan: Plan, measures: list[Measure]) -> list[Measure]:
    """Video2X's default network on a frame of the same size, for comparison: its files, as ncnn reads them, at 4x."""
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

    enlarge()
    runs = [timed(enlarge) for _ in range(plan.runs)]
    alone, used = ([run[n] for run in runs] for n in (0, 1))
    ours = next(measure for measure in measures if measure.name == f"core time, {PRESETS[0]}")
    return [
        Measure(f"{RIVAL} x4, network alone", "s/frame", alone),
        Measure(f"{RIVAL} x4, core time", "core ms/frame", [1000 * core_seconds for core_seconds in used]),
        Measure(f"that, of ours from file to file, {PRESETS[0]}", "times", [1000 * median(used) / ours.middle]),
    ]
