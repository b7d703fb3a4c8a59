"""Figures of a model on clips whose truth is known: each is made small, enlarged again and compared.

Protocols: "paper" (Gaussian, corner phase) and "video" (area, centre phase). Every clip is cut to a multiple of
2 x scale; two frames at each end do not count; PSNR and SSIM are of luma, mean over frames, then over clips.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from duf.degradation import DEGRADATIONS, to_8_bit
from duf.errors import MediaError
from duf.footage import VIDEOS, Footage, Picture, read_clip
from duf.metrics import psnr, ssim
from duf.upscaler import Upscaler

PROTOCOLS = {"paper": "corner", "video": "centre"}
ENDS = 2  # frames left out at each end of a clip

Load = Callable[[int, str], Upscaler]  # scale, sampling


@dataclass(frozen=True)
class Score:
    """One clip, or the mean of several."""

    clip: str
    psnr: float  # dB
    ssim: float

    def to_json(self) -> dict[str, str | float]:
        return asdict(self)


def truth(path: Path, scale: int) -> Footage:
    frames = [frame for scene in read_clip(path) for frame in scene]
    height, width = (side - side % (2 * scale) for side in frames[0].shape[:2])
    return [np.ascontiguousarray(frame[:height, :width]) for frame in frames]


def enlarged(upscaler: Upscaler, frames: Footage, sampling: str) -> Iterator[Picture]:
    small = (DEGRADATIONS[sampling](x, upscaler.scale).astype(np.float32) / np.float32(255) for x in frames)
    for picture in upscaler.upscale(small):
        yield to_8_bit(picture * np.float32(255))


def score(name: str, frames: Footage, upscaler: Upscaler, sampling: str) -> Score:
    pairs = list(zip(frames, enlarged(upscaler, frames, sampling), strict=True))[ENDS:-ENDS]
    return Score(name, *(float(np.mean([measure(a, b) for a, b in pairs])) for measure in (psnr, ssim)))


def evaluate(load: Load, folder: Path, scale: int, protocol: str) -> list[Score]:
    """A score for each clip in `folder` and their mean, called "mean", last."""
    clips = sorted(p for p in folder.iterdir() if p.suffix.lower() in VIDEOS) if folder.is_dir() else []
    if not clips:
        raise MediaError(f"{folder} holds no clips to compare with: name a folder of videos.")
    sampling = PROTOCOLS[protocol]
    scores = [score(p.stem, truth(p, scale), load(scale, sampling), sampling) for p in clips]
    mean = Score("mean", *(float(np.mean([getattr(s, key) for s in scores])) for key in ("psnr", "ssim")))
    return [*scores, mean]
