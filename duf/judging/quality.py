"""docs/quality.md: what the shipped models reach and cost, and what each run of training gave, all as measured.

The figures lie beside it as JSON. A model's are measured again only when its weights are not those that gave them;
remove the JSON when what is measured has changed.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from duf import catalog
from duf.devices import cores
from duf.errors import MediaError
from duf.judging.evaluation import clips_in, evaluate
from duf.judging.figures import HEADINGS, written
from duf.judging.protocols import PAPER, VIDEO, Protocol, protocol
from duf.judging.records import Record, read, record
from duf.judging.speed import SIZE, Cost, cost_a_frame
from duf.markdown import table
from duf.training import runs

Say = Callable[[str], None]

FILE = Path(__file__).parents[2] / "docs" / "quality.md"
VIDEO_CRFS = (18, 25, 32)
CASES = [  # scale, protocol
    *[(4, chosen) for chosen in (PAPER, VIDEO, *(protocol("video", crf) for crf in VIDEO_CRFS))],
    *[(scale, chosen) for scale in (3, 2) for chosen in (PAPER, VIDEO)],
]
PLAIN = "bicubic"  # what the others are held against

INTRODUCTION = """# Quality

Written by `python -m duf quality` on {today} from what it measured; nothing here is typed by hand.

Clips: {names}. The figures of each are in [{beside}]({beside}). `python -m duf evaluate` scores any model on any clips
and draws a page of crops side by side.

Clips are cut to a multiple of 2 x scale; sources and results are rounded to 8 bit; 8 pixels at each side and two frames
at each end do not count; figures are means over a clip's frames, then over clips.

- **paper protocol**: Gaussian of sigma 0.4 x scale, 13 taps, every scale-th pixel from the first (corner phase). Here,
  and under `--sampling corner`, `stream`, `stream-light` and `stream-hq` at x4 run with weights that are fitted to it.
- **video protocol**: the mean of each block of pixels (OpenCV's INTER_AREA, centre phase); with a CRF, also x264
  `medium`, yuv420p.
- **PSNR**, **SSIM**: of BT.601 luma (16 to 235), peak 255.
- **FLIP** (Andersson et al. 2020; 0 same, 1 far): the difference that a person sees when two pictures alternate, of
  every fourth frame. Chosen because its authors keep the package and it needs no weights; those of LPIPS and DISTS
  would have to be fetched from elsewhere when it runs.
- **flicker**: by how much the error changes from frame to frame, in levels of luma; **static flicker**: the same where
  the truth stands still (changes by less than one level, mean of 7x7 pixels).
- **tOF** (Chu et al. 2020): by how many pixels the motion differs from the truth's."""


@dataclass(frozen=True)
class Pace:
    """The cost of a frame of SIZE at x4, by model, and how busy the machine was before."""

    costs: dict[str, Cost]
    load: float


def write_quality(clips: Path, say: Say, file: Path = FILE, log: Path = runs.LOG) -> None:
    """Measures what is not yet known of the shipped models on a folder of clips, says what, and writes `file`."""
    names = ", ".join(path.stem for path in clips_in(clips))
    load, *_ = os.getloadavg()  # of others: nothing was done here yet
    say("seconds a frame")
    pace = Pace({name: cost_a_frame(catalog.load(name, 4)) for name in models(4)}, load)
    records = measured(clips, file.with_suffix(".json"), say)
    introduction = INTRODUCTION.format(today=date.today(), names=names, beside=file.with_suffix(".json").name)
    parts = [introduction, *_cost(records, pace), *_steadiness(records), *_all(records), *_training(runs.results(log))]
    file.write_text("\n\n".join(parts) + "\n")


def models(scale: int) -> list[str]:
    return [model.name for model in catalog.BUILT_IN.values() if scale in model.scales]


def measured(clips: Path, beside: Path, say: Say) -> list[Record]:
    """A record of each shipped model in each case, kept in `beside` as soon as it is known."""
    stems = {path.stem for path in clips_in(clips)}
    known = [one for one in _read(beside) if set(one.clips) == stems]
    wanted: list[Record] = []
    for scale, chosen in CASES:
        here = {name: [one for one in known if one.is_of(name, scale, chosen)] for name in models(scale)}
        missing = {name: partial(catalog.load, name) for name, found in here.items() if not found}
        if missing:
            say(f"x{scale}, {chosen.title}: {', '.join(missing)}")
            judged = list(evaluate(missing, clips, scale, chosen))
            here |= {name: [record(name, scale, chosen, judged)] for name in missing}
        wanted += [found[0] for found in here.values()]
        later = [one for one in known if one not in wanted]
        beside.write_text(json.dumps([one.to_json() for one in wanted + later], indent=1) + "\n")
    return wanted


def _read(file: Path) -> list[Record]:
    try:
        return [read(values) for values in json.loads(file.read_text())] if file.exists() else []
    except (ValueError, KeyError, TypeError) as error:
        raise MediaError(f"{file} is not what this command wrote ({error}); remove it to measure anew.") from error


def _of(records: list[Record], scale: int, chosen: Protocol) -> list[Record]:
    asked = (scale, chosen.name, chosen.crf)
    return [one for one in records if (one.scale, one.protocol, one.crf) == asked]


def _cost(records: list[Record], pace: Pace) -> Iterator[str]:
    width, height = SIZE
    yield "## Quality against cost, x4"
    yield (
        f"PSNR in dB / SSIM. Cost of a frame of {width}x{height}: the median, on {cores()} cores under a load of "
        f"{pace.load:.1f} from other work, which lengthens seconds but hardly core seconds."
    )
    cases = [chosen for scale, chosen in CASES if scale == 4]
    cells = {
        name: [f"{one.mean.psnr:.2f} / {one.mean.ssim:.4f}" for one in records if one.scale == 4 and one.model == name]
        for name in pace.costs
    }
    rows = [[name, *(f"{value:.3f}" for value in cost), *cells[name]] for name, cost in pace.costs.items()]
    yield table(["model", "s / frame", "core s / frame", *(chosen.title for chosen in cases)], rows)


def _steadiness(records: list[Record]) -> Iterator[str]:
    yield "## Does anything flicker?"
    names = list(dict.fromkeys(one.model for one in records))
    rows, above = [], Counter[str]()
    for scale, chosen in CASES:
        here = {one.model: one.mean.static_flicker for one in _of(records, scale, chosen)}
        rows.append([f"x{scale}, {chosen.title}", *(written(here.get(name, float("nan")), 3) for name in names)])
        above.update(name for name, value in here.items() if value > here[PLAIN])
    counts = ", ".join(f"{name} in {count} of {len(CASES)} cases" for name, count in above.items())
    yield f"Static flicker. Above that of {PLAIN}: {counts or 'none'}."
    yield table(["", *names], rows)


def _all(records: list[Record]) -> Iterator[str]:
    yield "## Every figure"
    for scale, chosen in CASES:
        yield f"### x{scale}, {chosen.title}"
        yield table(["model", *HEADINGS], [[one.model, *one.mean.cells()] for one in _of(records, scale, chosen)])


def _training(results: list[dict[str, str]]) -> Iterator[str]:
    yield "## Ablation"
    tried = [row for row in results if row["run"].startswith(runs.ABLATION)]
    if tried:
        yield "Runs of training that differ in one thing, as logged in [training.md](training.md)."
        headings = [heading for heading in tried[0] if heading not in ("date", "shipped")]
        rows = [[*(row[heading] for heading in headings), runs.purpose(row["run"])] for row in tried]
        yield table([*headings, "what it is"], rows)
    else:
        yield f"No run whose name begins with `{runs.ABLATION}` is logged in [training.md](training.md) yet."
    yield "## What each run of training gave"
    yield "PSNR in dB / SSIM, at the scale in the run's name, as logged when it was measured."
    yield table(list(results[0]), [list(row.values()) for row in results]) if results else "None is logged yet."
