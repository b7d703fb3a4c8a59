"""The usable scenes of any video, as clips to learn from.

Pictures are made at least twice smaller, which takes the source's compression and half its chroma's blur away. The
source is parsed in the confined process of `duf.media`, for it may come from anywhere.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import count, groupby
from operator import itemgetter
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from duf.errors import MediaError
from duf.media import reader
from duf.media.colour import FULL, coding
from duf.media.facts import VideoFacts
from duf.media.frames import Frame

LEAST = 512  # pixels of a source's shorter side: half of it holds a window of 64 low-resolution pixels at 4x
USUAL = 540  # pixels that the shorter side is brought near to
ENCODING = {"crf": "12", "preset": "fast"}

Seconds = tuple[float, float]


def trim(source: Path, to: Path, name: str, seconds: Seconds) -> Iterator[Path]:
    """Writes the scenes of `source` that last long enough to `to` as NAME-1.mp4, NAME-2.mp4 …, the longest ones cut.

    `seconds`: the least and the most that a clip lasts. Each is 4:4:4 at CRF 12, without sound. MediaError, in one
    sentence, for what is no video, too small or HDR.
    """
    video = reader.probe(source).video
    shorter = min(video.width, video.height)
    if shorter < LEAST:
        raise MediaError(
            f"It is too small ({video.width}x{video.height}): choose one whose shorter side has {LEAST} pixels."
        )
    if video.colour.is_hdr:
        raise MediaError("It is HDR, which is not learnt from: convert it to SDR first.")
    factor, numbers, half = max(2, round(shorter / USUAL)), count(1), to / f"{name}.part"
    try:
        with closing(reader.read(source)) as frames:
            for _, scene in groupby(numbered(frames), itemgetter(0)):
                if write(half, (frame for _, frame in scene), video, factor, seconds[1]) >= seconds[0]:
                    yield half.replace(to / f"{name}-{next(numbers)}.mp4")
    finally:
        half.unlink(missing_ok=True)


def numbered(frames: Iterable[Frame]) -> Iterator[tuple[int, Frame]]:
    """Each frame with the number of its scene."""
    scene = 0
    for frame in frames:
        scene += frame.cut
        yield scene, frame


def write(path: Path, frames: Iterable[Frame], video: VideoFacts, factor: int, most: float) -> float:
    """The frames of up to `most` seconds, made smaller, as an MP4; its length in seconds."""
    rate = Fraction(*video.average_rate) if video.average_rate and all(video.average_rate) else Fraction(25)
    written = 0
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=rate, options=ENCODING)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = video.width // factor, video.height // factor, "yuv444p"
        code = coding(video)
        stream.codec_context.colorspace, stream.codec_context.color_range = code.matrix, FULL if code.full else 1
        for frame in frames:
            if float((written + 1) / rate) > most:
                break
            picture = av.VideoFrame.from_ndarray(smaller(frame, stream.width, stream.height, code.bits), "yuv444p")
            output.mux(stream.encode(picture))
            written += 1
        output.mux(stream.encode(None))
    return float(written / rate)


def smaller(frame: Frame, width: int, height: int, bits: int) -> npt.NDArray[np.uint8]:
    """Y, U and V [3, height, width] in 8 bit, by area."""
    planes = [plane >> (bits - 8) for plane in frame.planes]
    return np.stack([cv2.resize(p.astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA) for p in planes])
