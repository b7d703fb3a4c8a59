"""What can be seen of a source before it is converted, in words, and the choice that suits it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from duf.errors import MediaError
from duf.media.detail import Detail, detail_of
from duf.media.facts import Clip, Limits
from duf.media.frames import Index
from videos.models import Video
from videos.quotes import SOUND
from videos.storage import store

# Bits a pixel below which pictures are probably blocky, by how well a codec spends them.
FEW_BITS = {"hevc": 0.03, "av1": 0.025, "vp9": 0.03, "h264": 0.05}
FEW_BITS_OF_OLD = 0.1
LARGE = 720  # lines
UNLIKE, SOME = 0.1, 0.01  # share by which a frame's length differs from most, and of the frames that have to


@dataclass(frozen=True)
class Advice:
    """A sentence, and the preset that suits, if one does."""

    sentence: str
    preset: str = ""


def noticed(video: Video, clip: Clip, index: Index, limits: Limits) -> dict[str, Any]:
    """What the check sees beyond the facts, to be kept with the video."""
    try:
        detail = detail_of(store().source(video.source), index, limits)
    except MediaError:  # that it cannot be looked at again is no reason to refuse it
        detail = None
    return {"detail": detail.to_json() if detail else None, "uneven": is_uneven(index)}


def is_uneven(index: Index) -> bool:
    """Whether frames are shown for different times; the last one's is often a guess."""
    lengths = index.duration[:-1]
    return bool(len(lengths)) and float(np.mean(np.abs(lengths / np.median(lengths) - 1) > UNLIKE)) > SOME


def advice(video: Video) -> list[Advice]:
    """Everything worth saying. That it is interlaced stands in the notes of its facts."""
    return list(_advice(video, video.clip)) if video.seen is not None else []


def _advice(video: Video, clip: Clip) -> Iterator[Advice]:
    seen = video.seen or {}
    detail = Detail.from_json(seen["detail"]) if seen.get("detail") else None
    picture, few = clip.video, is_heavily_compressed(video, clip)
    if few:
        yield Advice(_("It is heavily compressed, so blocks and smears may show; twice as large is enough."), "old")
    elif detail and detail.is_soft:
        yield Advice(
            _("It has no detail as fine as its pixels: it was enlarged before, or is soft. Twice as large is enough."),
            "old",
        )
    elif detail and detail.is_sharp and min(picture.width, picture.height) >= LARGE:
        yield Advice(_("It is large and sharp already: twice as large is enough."), "fast")
    if seen.get("uneven"):
        yield Advice(_("Its frames are shown for different times, as phones record them; each keeps its own time."))
    wide, tall = picture.sample_aspect_ratio or (1, 1)
    if wide != tall:
        shown = f"{round(picture.width * wide / tall)}×{picture.height}"
        yield Advice(
            _("Its pixels are not square: it is shown as {size}, and so will be the result.").format(size=shown)
        )


def is_heavily_compressed(video: Video, clip: Clip) -> bool:
    """By the bits that a pixel has, once the sound is taken off."""
    sounds = sum(track.kind == "audio" for track in clip.tracks)
    bits = 8 * (video.size - sounds * SOUND * (clip.duration or 0.0))
    pixels = video.pixels * (video.frames or 0)
    return pixels > 0 and bits / pixels < FEW_BITS.get(clip.video.codec, FEW_BITS_OF_OLD)
