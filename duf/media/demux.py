"""Opening a container with everything switched off that could reach beyond its own bytes.

Runs in the decoding process only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import av
from av.container import InputContainer
from av.logging import Capture
from av.stream import Disposition
from av.video.stream import VideoStream

from duf.errors import MediaError
from duf.media.facts import Limits
from duf.media.sniff import SOUND, container_of

VIDEO_DECODERS = (
    "h264,hevc,vp8,vp9,libdav1d,av1,mpeg1video,mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,h263,flv,vp6,vp6a,vp6f,"
    "wmv1,wmv2,wmv3,vc1,mjpeg,theora,prores,dnxhd,cfhd,dvvideo,gif,ffv1,huffyuv,ffvhuff,utvideo,magicyuv,png,qtrle,"
    "rawvideo,svq1,svq3,cinepak,rpza,msvideo1,msrle"
)
# Sound is never decoded here, but its rate and layout may be known only once its decoder has looked at it.
AUDIO_DECODERS = (
    "aac,aac_latm,mp1float,mp2float,mp3float,mp1,mp2,mp3,ac3,eac3,dca,truehd,opus,vorbis,flac,alac,amrnb,amrwb,"
    "wmav1,wmav2,wmapro,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,"
    "pcm_s32be,pcm_f32le,pcm_f32be,pcm_u8,pcm_s8,pcm_alaw,pcm_mulaw,pcm_bluray,pcm_dvd"
)
DECODERS = f"{VIDEO_DECODERS},{AUDIO_DECODERS}"
Log = list[tuple[int, str, str]]
PROBE_BYTES, PROBE_MICROSECONDS = 10_000_000, 10_000_000

PADDING = 1 << 16  # pixels that FFmpeg may add to a small picture before it compares

NO_INDEX = (
    "This MP4 or MOV has no index (its recording or copying was cut off), so it cannot be read; "
    "copy the file again or repair it with the camera's own software."
)
DAMAGED = "This file is damaged or cut off at its beginning, so no picture can be read; copy or export it again."


TOO_LARGE = "Reading this file needs more memory than allowed; convert it to H.264 in MP4 and try again."


class Source:
    """The file as FFmpeg sees it: bytes without a name."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def opened(file: BinaryIO, limits: Limits) -> InputContainer:
    """Open a video container from its beginning; MediaError says why it cannot be."""
    file.seek(0)
    name = container_of(file)
    if name == "mov":
        _refuse_bomb(file, limits)
    with listening() as logs:
        try:
            container = av.open(
                Source(file),
                "r",
                format=name,
                options=decoder_options(limits),
                container_options=container_options(name, limits),
                metadata_errors="replace",
            )
        except (av.error.FFmpegError, MemoryError, ValueError) as error:
            raise MediaError(_why(said(logs), error, limits)) from error
    if "max_streams" in said(logs):  # some demuxers only leave out the tracks beyond the limit
        container.close()
        raise MediaError(_why(said(logs), None, limits))
    return container


@contextmanager
def listening(level: int = av.logging.ERROR) -> Iterator[Log]:
    """Collect what FFmpeg prints, which else goes nowhere."""
    before = av.logging.get_level()
    av.logging.set_level(level)
    av.logging.set_skip_repeated(False)
    try:
        with Capture() as logs:
            yield logs
    finally:
        av.logging.set_level(before)


def said(logs: Log) -> str:
    return "".join(text for _, _, text in logs)


def container_options(name: str, limits: Limits) -> dict[str, str]:
    """FFmpeg ignores an option that it does not know, so each of these has a test."""
    options = {
        "format_whitelist": name,
        "protocol_whitelist": "none",
        "codec_whitelist": DECODERS,
        "max_streams": str(limits.tracks),
        "probesize": str(PROBE_BYTES),
        "analyzeduration": str(PROBE_MICROSECONDS),
    }
    if name == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
    return options


def decoder_options(limits: Limits) -> dict[str, str]:
    """For every decoder, those that FFmpeg opens to look at a track included."""
    return {
        "max_pixels": str(limits.pixels * 5 // 4 + PADDING),  # `check_size` is exact
        "codec_whitelist": DECODERS,
        "threads": "1",  # more would make the pictures of a damaged file depend on chance
    }


def picture_track(container: InputContainer, limits: Limits) -> VideoStream:
    """The track to enlarge, its decoder set up; MediaError if there is none that may be decoded."""
    moving = [stream for stream in container.streams.video if not is_cover(stream)]
    if not moving:
        raise MediaError(SOUND)
    stream = next((stream for stream in moving if Disposition.default in stream.disposition), moving[0])
    context = stream.codec_context
    if context is None or context.name not in VIDEO_DECODERS.split(","):
        coded = context.name if context else "an unknown format"
        raise MediaError(f"The picture is coded as {coded}, which is not supported; convert the file to H.264 first.")
    check_size(context.width, context.height, limits)
    context.options = decoder_options(limits)
    context.thread_count = 1
    return stream


def is_cover(stream: VideoStream) -> bool:
    """Whether a picture track is the cover of an album or a thumbnail."""
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def check_size(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.pixels:
        raise MediaError(_too_large(limits))


def _too_large(limits: Limits) -> str:
    return (
        f"The picture is larger than the {limits.pixels / 1e6:.3g} megapixels allowed; "
        "a picture that large needs no enlarging."
    )


def check_log(log: str, limits: Limits) -> None:
    """Refuse what a decoder refused for its size."""
    if "exceeds specified max pixel count" in log:
        raise MediaError(_too_large(limits))


def _why(log: str, error: Exception | None, limits: Limits) -> str:
    if "max_streams" in log:
        return f"The file has more than {limits.tracks} tracks; remove the ones you do not need and try again."
    if isinstance(error, MemoryError):
        return TOO_LARGE
    return NO_INDEX if "moov atom not found" in log else DAMAGED


def _refuse_bomb(file: BinaryIO, limits: Limits) -> None:
    """Refuse a compressed index that unpacks to more than allowed (one hidden deeper meets the memory limit)."""
    end = file.seek(0, 2)
    for kind, start, stop in _boxes(file, 0, end):
        if kind == b"moov":
            for inner, at, until in _boxes(file, start, stop):
                if inner == b"cmov":
                    _check_unpacked(file, at, until, limits)
    file.seek(0)


def _check_unpacked(file: BinaryIO, start: int, stop: int, limits: Limits) -> None:
    for kind, at, _ in _boxes(file, start, stop):
        file.seek(at)
        size = file.read(4)
        if kind == b"cmvd" and len(size) == 4 and int.from_bytes(size, "big") > limits.header:
            raise MediaError("The compressed index of this file unpacks to more than allowed; export the video again.")


def _boxes(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the payload of each box between two offsets, as far as they make sense."""
    while start + 8 <= stop:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1 and start + 16 <= stop:
            size, header = int.from_bytes(file.read(8), "big"), 16
        end = stop if size == 0 else start + size
        if end < start + header or end > stop:
            return
        yield kind, start + header, end
        start = end
