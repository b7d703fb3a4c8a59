"""Does a network on every frame pay, against one on key frames with cheaper frames between? docs/keyframes.md.

A frame between is the picture before it, moved along the flow and corrected by what it is off when made small again.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from duf import catalog
from duf.flow import Flow, luma
from duf.judging.comparison import write_comparison
from duf.judging.evaluation import Load
from duf.upscaler import Rgb, Upscaler

FILE = Path(__file__).parents[2] / "docs" / "keyframes.md"
PERIODS = (2, 4, 8)  # frames from one key frame to the next

TITLE = "A network on every frame, or on key frames only?"
WHAT = """Key frames are enlarged by `{model}`; a frame between is the picture before it, moved along the flow and
corrected by what it is off when made small again."""


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
    words = {"title": TITLE, "what": WHAT.format(model=model), "command": "python -m duf keyframes"}
    write_comparison(loads(model), clips, file, say, **words)
