"""What H.264 does to pictures: encoded by x264 and decoded again, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from duf.errors import MediaError

Picture = npt.NDArray[np.uint8]

RATE = 25  # frames a second; x264 spends its bits by it
CRFS = range(52)
OPTIONS = {
    "preset": "medium",
    "x264-params": "asm=sse4.2",  # its AVX-512 code was seen to give another stream for the same frames now and then
}


def compressed(frames: Iterable[Picture], crf: int) -> Iterator[Picture]:
    """`frames` as they come back from x264, preset `medium`, yuv420p at that CRF: one picture a frame, in order.

    [h, w, 3] uint8 RGB with even sides, in and out; BT.601 at limited range, chroma halved and doubled by swscale's
    bicubic. One thread, so that every machine gives the same. MediaError for an odd side or a CRF out of 0..51.
    """
    if crf not in CRFS:
        raise MediaError(f"A quality (crf) of {crf} is out of range: choose 0 to {CRFS[-1]}.")
    return (_to_rgb(frame) for frame in _decoded(_encoded(frames, crf)))


def _encoded(frames: Iterable[Picture], crf: int) -> Iterator[av.Packet[Any]]:
    encoder = None
    for pts, picture in enumerate(frames):
        encoder = encoder or _encoder(picture, crf)
        frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p", interpolation="BICUBIC")
        frame.pts, frame.time_base = pts, encoder.time_base
        yield from encoder.encode(frame)
    if encoder:
        yield from encoder.encode(None)


def _encoder(picture: Picture, crf: int) -> Any:
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        raise MediaError(f"Pictures of {width}x{height} cannot be compressed as yuv420p; cut them to even sides.")
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, RATE), Fraction(RATE)
    encoder.options = {**OPTIONS, "crf": str(crf)}
    encoder.thread_count = 1
    return encoder


def _decoded(packets: Iterable[av.Packet[Any]]) -> Iterator[av.VideoFrame]:
    decoder: Any = av.CodecContext.create("h264", "r")
    for packet in packets:
        yield from decoder.decode(packet)
    yield from decoder.decode(None)


def _to_rgb(frame: av.VideoFrame) -> Picture:
    rgb: Picture = frame.reformat(format="rgb24", interpolation="BICUBIC").to_ndarray().astype(np.uint8, copy=False)
    return rgb
