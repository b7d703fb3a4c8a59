"""The synchronised player: videos of the same frames, one over the other."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from duf.media.frames import Index
from videos import previews
from videos.models import Upscale, Video

LONGEST = 200_000  # characters that the times of all frames may take in a page


@dataclass(frozen=True)
class Figure:
    """One of the videos."""

    name: str
    url: str
    scale: float  # times as wide as the original
    result: bool
    heard: bool = False  # it has a sound, and that is to be heard


@dataclass(frozen=True)
class Player:
    """What the page's script needs to know."""

    figures: list[Figure]
    gaps: str  # from each frame to the next in ticks; a run of equal ones is written gap*times
    tick: float  # seconds
    width: float  # of the original as it is shown, in square pixels
    height: float
    first: int  # of these frames, the first and the last that are shown
    last: int
    part: str  # the same as a media fragment: what a browser plays by itself

    @property
    def heard(self) -> bool:
        return any(figure.heard for figure in self.figures)


def player(video: Video, start: int, stop: int, figures: list[Figure], shown: tuple[int, int] | None = None) -> Player:
    """For the frames from `start` up to `stop` of a video, of which `shown` may be a part."""
    index, tick = video.read_index(), float(video.clip.video.tick)
    first, after = shown or (start, stop)
    times = [float(index.pts[at] - index.pts[start]) * tick for at in (first, after - 1)]
    part = f"#t={times[0]:.3f},{times[1] + float(index.duration[after - 1]) * tick:.3f}" if shown else ""
    runs = _runs(index, start, stop)
    return Player(figures, runs, tick, *shape_of(video), first - start, after - 1 - start, part)


def can_compare(upscale: Upscale) -> bool:
    """Whether every browser plays both the whole original as it is and the result, frame by frame the same."""
    video = upscale.video
    if not video.convertible or not upscale.result or upscale.start is not None or upscale.frames != video.frames:
        return False
    original = (video.clip.container, video.clip.video.codec, upscale.container)
    return original == ("mov", "h264", "mp4") and previews.plays(upscale)


def compared(upscale: Upscale, original: Figure, result: Figure) -> Player | None:
    """The whole original beside the result; None where the times of its frames are too much for a page."""
    made = player(upscale.video, 0, upscale.frames, [original, result])
    return made if len(made.gaps) <= LONGEST else None


def scale_of(upscale: Upscale) -> float:
    """How many times as wide the result is, whatever was made of the picture after the network."""
    width = (upscale.receipt or {}).get("width")
    return round(width / upscale.video.clip.video.width, 2) if width else float(upscale.scale)


def _runs(index: Index, start: int, stop: int) -> str:
    gaps = np.diff(index.pts[start:stop]).tolist()
    runs = ((gap, sum(1 for _ in same)) for gap, same in groupby(gaps))
    return ",".join(f"{gap}*{times}" if times > 1 else str(gap) for gap, times in runs)


def shape_of(video: Video) -> tuple[float, float]:
    """Width and height of the picture, upright, in square pixels."""
    picture = video.clip.video
    wide, tall = picture.sample_aspect_ratio or (1, 1)
    width, height = picture.width * wide / tall, float(picture.height)
    return (height, width) if picture.rotation % 180 else (width, height)
