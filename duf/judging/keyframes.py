"""Does a network on every frame pay, against one on key frames with cheaper frames between? docs/keyframes.md.

A frame between is the picture before it, moved along the flow and corrected by what it is off when made small again.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from duf import catalog
from duf.flow import Flow, luma
from duf.judging.evaluation import Load, clips_in, evaluate, means
from duf.judging.figures import HEADINGS
from duf.judging.protocols import VIDEO, protocol
from duf.judging.speed import cost_a_frame
from duf.markdown import table
from duf.upscaler import Rgb, Upscaler

FILE = Path(__file__).parents[2] / "docs" / "keyframes.md"
PERIODS = (2, 4, 8)  # frames from one key frame to the next
SCALE = 4
CASES = (VIDEO, protocol("video", 25))

INTRODUCTION = """# A network on every frame, or on key frames only?

Written by `python -m duf keyframes` on {today} from what it measured; nothing here is typed by hand.

Key frames are enlarged by `{model}`; a frame between is the picture before it, moved along the flow and corrected by
what it is off when made small again. x{scale}; the clips and the figures are those of [quality.md](quality.md). Core
milliseconds are of the median frame of 426x240, encoder and decoder not counted."""


class KeyFrames(Upscaler):
    """Every `period`-th frame of a run by `model`, those between from the pictures before them."""

    future = 0

    def __init__(self, model: Upscaler, period: int) -> None:
        self.model, self.period = model, period
        self.scale, self.past = model.scale, model.past * period

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        run = list(frames)
        keys, measure = self.model.upscale(run[:: self.period]), Flow()
        for n, frame in enumerate(run):
            if n % self.period == 0:
                picture = next(keys)
            else:
                picture = between(picture, frame, measure(luma(frame), luma(run[n - 1])), self.scale)
            yield picture


def between(picture: Rgb, frame: Rgb, flow: Rgb, scale: int) -> Rgb:
    """The enlarged `frame` [h, w, 3] from the `picture` of the one before and the flow [h, w, 2] to that."""
    height, width = picture.shape[:2]
    moved = scale * cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    at = columns + moved[..., 0], rows + moved[..., 1]
    warped = cv2.remap(picture, *at, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    off = frame - cv2.resize(warped, (width // scale, height // scale), interpolation=cv2.INTER_AREA)
    corrected: Rgb = np.clip(warped + cv2.resize(off, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)
    return corrected


def loads(model: str) -> dict[str, Load]:
    """The model on every frame, on key frames, and nothing learnt."""
    every = partial(catalog.load, model)
    spaced = {
        f"{model}, every {n}th" if n > 2 else f"{model}, every other": partial(_spaced, every, n) for n in PERIODS
    }
    return {f"{model}, every frame": every, **spaced, "bicubic": partial(catalog.load, "bicubic")}


def _spaced(every: Load, period: int, scale: int, sampling: str) -> Upscaler:
    return KeyFrames(every(scale, sampling), period)


def write_keyframes(clips: Path, say: Callable[[str], None], file: Path = FILE, model: str = catalog.DEFAULT) -> None:
    """Measures both on a folder of clips and writes which won."""
    clips_in(clips)
    chosen = loads(model)
    costs = {}
    for name, load in chosen.items():
        say(name)
        costs[name] = f"{1000 * cost_a_frame(load(SCALE, 'centre')).core_seconds:.1f}"
    parts = [INTRODUCTION.format(today=date.today(), model=model, scale=SCALE)]
    for case in CASES:
        say(case.title)
        mean = means(list(evaluate(chosen, clips, SCALE, case)))
        best = max(mean, key=lambda name: mean[name].psnr)
        parts += [f"## {case.title}", f"Highest PSNR: {best}."]
        rows = [[name, costs[name], *mean[name].cells()] for name in chosen]
        parts.append(table(["", "core ms / frame", *HEADINGS], rows))
    file.write_text("\n\n".join(parts) + "\n")
