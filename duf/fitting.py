"""How large a result is to be: as large as the network makes it, or shrunk by an exact resize to fit a usual size."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from duf.errors import MediaError
from duf.media.colour import Planes
from duf.media.facts import Pair, VideoFacts
from duf.media.frames import Plane

SIZES: dict[str, Pair] = {"1080p": (1920, 1080), "4K": (3840, 2160)}  # the longer side and the shorter one, as shown


def enlarged(video: VideoFacts, scale: int, fit: str = "") -> VideoFacts:
    """The picture track as it becomes: sides a whole number of 2x2 blocks of samples, and no larger than `fit`."""
    width, height = video.width * scale // 2 * 2, video.height * scale // 2 * 2
    if fit and (times := times_to(video, fit)) < scale:
        width, height = min(width, _even(video.width * times)), min(height, _even(video.height * times))
    return replace(video, width=width, height=height)


def times_to(video: VideoFacts, fit: str) -> float:
    """How many times as large a picture fits just so; whichever way up it is shown."""
    wide, tall = video.sample_aspect_ratio or (1, 1)
    shown = sorted((video.width * wide / tall, float(video.height)), reverse=True)
    return min(most / side for most, side in zip(SIZES[fit], shown, strict=True))


def scale_for(video: VideoFacts, fit: str, scales: Sequence[int]) -> int:
    """The smallest scale that reaches the size, else the largest. MediaError if the source is as large already."""
    times = times_to(video, fit)
    if times <= 1:
        raise MediaError(f"This video is as large as {fit} already; choose a larger size, or how many times.")
    return min((scale for scale in scales if scale >= times), default=max(scales))


def size_notes(video: VideoFacts, scale: int, fit: str = "") -> list[str]:
    """Sentences: what of the picture is cut off to make its sides even, and whether the size is not reached."""
    large, result = (video.width * scale, video.height * scale), enlarged(video, scale, fit)
    even = enlarged(video, scale)
    notes = []
    if large != (even.width, even.height):
        notes.append(
            f"{large[0]}x{large[1]} has an odd side, so the result is cropped by a pixel to {even.width}x{even.height}."
        )
    if fit and ceil(times_to(video, fit)) > scale:
        notes.append(f"{scale} times as large is {result.width}x{result.height}, which is smaller than {fit}.")
    return notes


def shrunk(planes: Planes, result: VideoFacts, site: tuple[float, float]) -> Planes:
    """A picture in 4:2:0 by exact area averaging; `site`: where its chroma samples lie, as in `duf.media.colour`."""
    luma, *chroma = planes
    ratios = result.width / luma.shape[1], result.height / luma.shape[0]
    half = (result.width // 2, result.height // 2)
    u, v = (_resized(_settled(plane, site, ratios), half) for plane in chroma)
    return _resized(luma, (result.width, result.height)), u, v


def _settled(plane: Plane, site: tuple[float, float], ratios: tuple[float, float]) -> Plane:
    """Moved by the fraction of a sample by which averaging would leave chroma samples beside their sites."""
    across, down = (_taps((0.5 - at) * (1 - ratio) / (2 * ratio)) for at, ratio in zip(site, ratios, strict=True))
    moved: Plane = cv2.sepFilter2D(plane, -1, across, down, borderType=cv2.BORDER_REPLICATE)
    return moved


def _taps(shift: float) -> NDArray[np.float32]:
    """What a sample takes of the one before it, itself, and the one after it."""
    return np.array([max(shift, 0.0), 1 - abs(shift), max(-shift, 0.0)], np.float32)


def _resized(plane: Plane, size: Pair) -> Plane:
    smaller: Plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return smaller


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)
