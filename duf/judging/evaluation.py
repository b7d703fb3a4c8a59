"""Models on clips whose truth is known: each clip is made small by a protocol, enlarged again and compared.

Every clip is cut to a multiple of 2 x scale; a model starts anew at its cuts; two frames at each end do not count;
figures are means over frames, then over clips. One clip is held at a time, and of the pictures only what is compared.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import accumulate
from pathlib import Path

import numpy as np

from duf.errors import MediaError
from duf.judging.figures import Figures, average, mean
from duf.judging.metrics import flip, psnr, ssim
from duf.judging.protocols import Protocol
from duf.judging.temporal import Pair, flicker, tof
from duf.material.degradation import to_8_bit
from duf.material.footage import VIDEOS, Footage, Picture, read_clip
from duf.steady import Steady
from duf.upscaler import Upscaler

ENDS = 2  # frames left out at each end of a clip
FLIP_EVERY = 4  # frames; it costs more than the others together
LEAST_SIDE = 64  # pixels of the truth
LEAST_FRAMES = 2 * ENDS + 2

Load = Callable[[int, str], Upscaler]  # scale, sampling


def steadied(load: Load) -> Load:
    """The same as users get it."""
    return lambda scale, sampling: Steady(load(scale, sampling))


@dataclass(frozen=True)
class Case:
    """A clip in a protocol: what a model should make, by scene, and the small frames that it makes it from."""

    clip: str
    scenes: list[Footage]
    sources: Footage

    @property
    def starts(self) -> list[int]:
        """The first frame of each scene, and the number of frames."""
        return [0, *accumulate(len(scene) for scene in self.scenes)]


@dataclass(frozen=True)
class Still:
    """The frame in the middle of a clip: what the models were given, what they should have made and what they made."""

    source: Picture
    truth: Picture
    results: dict[str, Picture]


@dataclass(frozen=True)
class Judged:
    """One clip, and the figures of each model on it."""

    clip: str
    figures: dict[str, Figures]
    still: Still


def evaluate(loads: Mapping[str, Load], folder: Path, scale: int, protocol: Protocol) -> Iterator[Judged]:
    """Each clip in `folder`, judged when it is asked for. MediaError if there is none, or one cannot be used."""
    paths = clips_in(folder)
    upscalers = {name: load(scale, protocol.sampling) for name, load in loads.items()}
    return (judge(read_case(path, scale, protocol), upscalers) for path in paths)


def clips_in(folder: Path) -> list[Path]:
    """The videos of a folder, by name; MediaError if there is none."""
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in VIDEOS) if folder.is_dir() else []
    if not paths:
        raise MediaError(f"{folder} holds no clips to compare with: name a folder of videos.")
    return paths


def means(clips: list[Judged]) -> dict[str, Figures]:
    """Of each model, over the clips."""
    return {name: mean([clip.figures[name] for clip in clips]) for name in clips[0].figures}


def read_case(path: Path, scale: int, protocol: Protocol) -> Case:
    """A clip from its file. MediaError if it is too short or too small to be judged."""
    scenes = [[cut(frame, 2 * scale) for frame in scene] for scene in read_clip(path)]
    count = sum(map(len, scenes))
    if count < LEAST_FRAMES:
        raise MediaError(f"{path.name} has {count} frames, too few to compare: take one of at least {LEAST_FRAMES}.")
    height, width = scenes[0][0].shape[:2]
    if min(height, width) < LEAST_SIDE:
        raise MediaError(f"{path.name} is too small to compare: take one of at least {LEAST_SIDE} pixels a side.")
    return case(path.stem, scenes, scale, protocol)


def case(clip: str, scenes: list[Footage], scale: int, protocol: Protocol) -> Case:
    """`scenes` whose sides are multiples of 2 x scale, with their small frames."""
    return Case(clip, scenes, list(protocol.sources((frame for scene in scenes for frame in scene), scale)))


def cut(frame: Picture, multiple: int) -> Picture:
    height, width = (side - side % multiple for side in frame.shape[:2])
    return np.ascontiguousarray(frame[:height, :width])


def judge(case: Case, upscalers: Mapping[str, Upscaler]) -> Judged:
    figures, results = {}, {}
    for name, upscaler in upscalers.items():
        figures[name], results[name] = score(case, upscaler)
    middle = case.starts[-1] // 2
    truth = [frame for scene in case.scenes for frame in scene][middle]
    return Judged(case.clip, figures, Still(case.sources[middle], truth, results))


def score(case: Case, upscaler: Upscaler) -> tuple[Figures, Picture]:
    """The figures of a model on a clip, and its picture in the middle."""
    values: dict[str, list[float]] = defaultdict(list)
    count, before = case.starts[-1], None
    for at, now in enumerate(pairs(case, upscaler)):
        if at == count // 2:
            middle = now.result
        if not ENDS <= at < count - ENDS:
            continue
        last = None if at in case.starts else before
        for name, value in compared(now, last, with_flip=(at - ENDS) % FLIP_EVERY == 0):
            values[name].append(value)
        before = now
    return Figures(**{field.name: average(values[field.name]) for field in fields(Figures)}), middle


def pairs(case: Case, upscaler: Upscaler) -> Iterator[Pair]:
    """Each frame of the truth with the picture that the model makes of its small frame."""
    for scene, start in zip(case.scenes, case.starts, strict=False):
        made = enlarged(upscaler, case.sources[start : start + len(scene)])
        for truth, result in zip(scene, made, strict=True):
            yield Pair(truth, result)


def enlarged(upscaler: Upscaler, sources: Footage) -> Iterator[Picture]:
    """The model's 8-bit pictures of one scene."""
    for picture in upscaler.upscale(source.astype(np.float32) / np.float32(255) for source in sources):
        yield to_8_bit(picture * np.float32(255))


def compared(now: Pair, before: Pair | None, with_flip: bool) -> Iterator[tuple[str, float]]:
    """The figures of one frame; those of time only if there is a frame before it."""
    yield "psnr", psnr(*now)
    yield "ssim", ssim(*now)
    if with_flip:
        yield "flip", flip(*now)
    if before is not None:
        yield from zip(("flicker", "static_flicker"), flicker(before, now), strict=True)
        yield "tof", tof(before, now)
