"""What a larger network is worth, and a second pass, of either: docs/larger.md."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from duf import weights
from duf.both_ways import both_ways
from duf.judging.comparison import SCALE, write_comparison
from duf.judging.evaluation import Load, steadied
from duf.streaming import stream

FILE = Path(__file__).parents[2] / "docs" / "larger.md"
TITLE = "A larger network, or both ways?"
NAMES = ("stream-light", "stream", "stream-hq")
WHAT = """The networks and their weights: {weights}. Each was run once, and both ways: forwards and backwards over
each stretch of frames, and the mean of both pictures, as `stream-hq` does. All in 8-bit integers, by the same
kernels."""


def write_larger(clips: Path, say: Callable[[str], None], file: Path = FILE) -> None:
    """Measures all of them, and writes which won."""
    loads: dict[str, Load] = {}
    for name in NAMES:
        loads[f"{name} once"] = steadied(partial(stream, name, precision="int8"))
        loads[f"{name} both ways"] = steadied(partial(both_ways, name, precision="int8"))
    what = WHAT.format(weights=", ".join(f"`{name}` {parameters(name):,}" for name in NAMES))
    write_comparison(loads, clips, file, say, title=TITLE, what=what, command="python -m duf larger")


def parameters(name: str) -> int:
    return int(weights.read_card(weights.SHIPPED / f"{name}-x{SCALE}").figures["parameters"])
