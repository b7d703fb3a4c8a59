"""A stretch of a video as every browser plays it, to be looked at beside a result."""

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np

from duf.media.encode import Encoder, EncodeSettings
from duf.media.facts import Clip, Limits, VideoFacts
from duf.media.frames import Frame, Index
from duf.media.join import assembly, join
from duf.media.normalise import Planes
from duf.media.reader import read
from duf.media.source import Source

SETTINGS = EncodeSettings(crf=12)  # it shall show what it was made from, not this codec


def is_playable(video: VideoFacts) -> bool:
    """Whether every browser plays a picture track like this in MP4."""
    return video.codec == "h264" and video.bit_depth == 8


def render(source: Source, clip: Clip, index: Index, start: int, stop: int, output: Path, limits: Limits) -> None:
    """Write the frames [start, stop) as they are: H.264 of 8 bits in MP4, even sides. Raises MediaError.

    The clip's kept tracks come along, and have to be such as MP4 holds.
    """
    video = replace(clip.video, format="yuv420p", width=clip.video.width // 2 * 2, height=clip.video.height // 2 * 2)
    parts = assembly(
        replace(clip, video=video, chapters=[]), "mp4", index.pts[start:stop], index.duration[start:stop], whole=False
    )
    pictures, part = (output.with_name(f".{output.stem}.{uuid4().hex}.{ending}") for ending in ("nut", "mp4"))
    try:
        with Encoder(pictures, video, SETTINGS) as encoder, closing(read(source, limits, start, stop, index)) as frames:
            for frame in frames:
                encoder.write(_planes(frame, video), frame.pts, frame.duration)
        join(source, [pictures], parts, part, limits)
        os.replace(part, output)
    finally:
        pictures.unlink(missing_ok=True)
        part.unlink(missing_ok=True)


def _planes(frame: Frame, video: VideoFacts) -> Planes:
    """Of 8 bits and even sides."""
    y, u, v = (plane >> 2 if plane.dtype == np.uint16 else plane for plane in frame.planes)
    height, width = video.height, video.width
    cut = (y[:height, :width], u[: height // 2, : width // 2], v[: height // 2, : width // 2])
    return tuple(np.ascontiguousarray(plane, np.uint8) for plane in cut)  # type: ignore[return-value]
