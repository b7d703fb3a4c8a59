"""A page that compares ways to spend the time of a frame: what each costs, and its picture in each protocol."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from duf.judging.evaluation import Load, clips_in, evaluate, means
from duf.judging.figures import HEADINGS
from duf.judging.protocols import VIDEO, protocol
from duf.judging.speed import cost_a_frame
from duf.markdown import table

SCALE = 4
CASES = (VIDEO, protocol("video", 25))

INTRODUCTION = """# {title}

Written by `{command}` on {today} from what it measured; nothing here is typed by hand.

{what}

At x{scale}; the clips and the figures are those of [quality.md](quality.md). Core milliseconds are of the median frame
of 426x240, encoder and decoder not counted."""


def write_comparison(
    loads: Mapping[str, Load], clips: Path, file: Path, say: Callable[[str], None], **words: str
) -> None:
    """Measures all of them on a folder of clips, and writes which has the best picture.

    `words`: the title, what is compared, and the command that writes the page.
    """
    clips_in(clips)
    costs = {}
    for name, load in loads.items():
        say(name)
        costs[name] = f"{1000 * cost_a_frame(load(SCALE, 'centre')).core_seconds:.1f}"
    parts = [INTRODUCTION.format(today=date.today(), scale=SCALE, **words)]
    for case in CASES:
        say(case.title)
        mean = means(list(evaluate(loads, clips, SCALE, case)))
        best = max(mean, key=lambda name: mean[name].psnr)
        parts += [f"## {case.title}", f"Highest PSNR: {best}."]
        rows = [[name, costs[name], *mean[name].cells()] for name in loads]
        parts.append(table(["", "core ms / frame", *HEADINGS], rows))
    file.write_text("\n\n".join(parts) + "\n")
