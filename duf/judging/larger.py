"""Does a second pass of the same network pay, against one pass of a larger one? docs/larger.md."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from duf import catalog, weights
from duf.judging.comparison import write_comparison
from duf.streaming import integers
from duf.training.release import as_shipped, card, opened

FILE = Path(__file__).parents[2] / "docs" / "larger.md"
TITLE = "The same network both ways, or a larger one?"
WHAT = """`stream-hq` is the network of `stream` run forwards and backwards. Beside it, once forwards: the network of
{times:.1f} times as many weights that was trained for the same purpose (`{run}`, {steps} steps, not shipped). All in
8-bit integers by the same kernels."""


def write_larger(run: Path, clips: Path, say: Callable[[str], None], file: Path = FILE) -> None:
    """Measures what `run` reached beside what is shipped and writes which won."""
    trainer = opened(run)
    network = as_shipped(trainer)
    smaller = weights.read_card(weights.SHIPPED / f"stream-x{trainer.recipe.scale}").figures["parameters"]
    times = network.count_params() / smaller
    with TemporaryDirectory() as folder:
        path = Path(folder) / trainer.recipe.network
        weights.save(network, path, card(trainer, network, {}), half=True)
        loads = {name: partial(catalog.load, name, precision="int8") for name in ("stream", "stream-hq")}
        words = {
            "title": TITLE,
            "what": WHAT.format(times=times, run=run.name, steps=trainer.step),
            "command": f"python -m duf larger --run {run.name}",
        }
        write_comparison(loads | {trainer.recipe.network: partial(integers, path)}, clips, file, say, **words)
