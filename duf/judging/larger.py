"""Does one pass of a larger network pay, against two passes of a smaller one? docs/larger.md."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from duf import catalog, weights
from duf.both_ways import both_ways
from duf.judging.comparison import SCALE, write_comparison
from duf.judging.evaluation import Load, steadied

FILE = Path(__file__).parents[2] / "docs" / "larger.md"
TITLE = "A larger network, or a smaller one both ways?"
WHAT = """`stream-hq` is a network of {times:.1f} times as many weights as `stream`, run once. Beside it: the network of
`stream` run forwards and backwards over each stretch of frames, and the mean of both pictures, as `stream-hq` works at
the scales for which it has no weights of its own. All in 8-bit integers by the same kernels."""


def write_larger(clips: Path, say: Callable[[str], None], file: Path = FILE) -> None:
    """Measures both beside the smaller network once, and writes which won."""
    larger, smaller = (weights.read_card(weights.SHIPPED / f"{name}-x{SCALE}") for name in ("stream-hq", "stream"))
    loads: dict[str, Load] = {
        "stream": partial(catalog.load, "stream", precision="int8"),
        "stream both ways": steadied(partial(both_ways, "stream", precision="int8")),
        "stream-hq": partial(catalog.load, "stream-hq", precision="int8"),
    }
    what = WHAT.format(times=larger.figures["parameters"] / smaller.figures["parameters"])
    write_comparison(loads, clips, file, say, title=TITLE, what=what, command="python -m duf larger")
