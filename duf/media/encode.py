"""Our own frames into one video track, closed at both ends, so that segments can be put after each other."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import av
import numpy as np
from av.codec.context import Flags

from duf.errors import MediaError
from duf.media.facts import Hdr, Pair, VideoFacts
from duf.media.frames import Plane
from duf.native import processor
from duf.processes import no_real_time

os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 writes to the terminal what only its authors want to know

LARGE = 16_000_000  # pixels; of larger frames x264 and x265 hold no more than LOOKAHEAD to plan by, to save memory
LOOKAHEAD = 5
REORDERED = 3  # frames; x265 makes up the decoding times of fewer from memory that it has not set

X26_PRESETS = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"]


@dataclass(frozen=True)
class Codec:
    """One way to encode: FFmpeg's encoder, what stands for 'the same look at a good speed', and what it allows."""

    encoder: str
    crf: int
    most: int  # the greatest crf
    preset: str
    presets: list[str]
    depths: tuple[int, ...] = (8, 10)  # bits a sample
    shape: bool = True  # whether it holds the shape of the pixels itself


CODECS = {
    "h264": Codec("libx264", 16, 51, "veryfast", X26_PRESETS),
    # Its crf is the greatest by which results were no worse than h264's, by PSNR.
    "h264fast": Codec("libx264", 17, 51, "superfast", ["superfast"]),
    "h265": Codec("libx265", 18, 51, "veryfast", X26_PRESETS),
    "av1": Codec("libsvtav1", 22, 63, "8", [str(n) for n in range(14)], shape=False),
    "vp9": Codec("libvpx-vp9", 22, 63, "5", [str(n) for n in range(9)], depths=(8,), shape=False),
}


@dataclass(frozen=True)
class EncodeSettings:
    """What a person may choose. None: the codec's own default. Raises MediaError for what the codec cannot do."""

    codec: str = "h264"
    crf: int | None = None
    preset: str | None = None
    threads: int = 0  # 0: as many as there are cores

    def __post_init__(self) -> None:
        if self.codec not in CODECS:
            raise MediaError(f"The codec {self.codec!r} is not known; choose one of {', '.join(CODECS)}.")
        table = CODECS[self.codec]
        if self.crf is not None and not 0 <= self.crf <= table.most:
            raise MediaError(
                f"A quality (crf) of {self.crf} is out of range; choose 0 to {table.most} for {self.codec}."
            )
        if self.preset is not None and self.preset not in table.presets:
            raise MediaError(f"{self.codec} has no preset {self.preset!r}; choose one of {', '.join(table.presets)}.")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


class Encoder:
    """Writes one video track to a NUT file, which keeps any time base exactly.

    Its times begin at zero with the first frame (x264 and NUT know no negative time); the join puts them where they
    belong. Use as a context manager: leaving it by an exception leaves an unusable file, the caller's to remove.
    """

    def __init__(self, path: Path, video: VideoFacts, settings: EncodeSettings) -> None:
        """`video`: the result's, with even sides; its time base is that of `write`'s pts and duration."""
        table = CODECS[settings.codec]
        check_depth(settings, video.bit_depth)
        self._video = video
        self._origin: int | None = None
        self._written = 0
        self._codec = settings.codec
        options = {"avoid_negative_ts": "disabled"}  # decoding times before zero stay so; the join makes its own
        self._output = av.open(str(path), "w", format="nut", container_options=options)
        stream = self._output.add_stream(table.encoder, rate=_rate(video), options=_options(video, settings))
        assert isinstance(stream, av.VideoStream)
        self._stream = stream
        _describe(stream, video)
        stream.codec_context.thread_count = settings.threads

    def write(self, planes: tuple[Plane, Plane, Plane], pts: int, duration: int) -> None:
        """Y [h,w], U and V [h/2,w/2]; pts must rise from frame to frame."""
        packed = after_each_other(planes).reshape(self._video.height * 3 // 2, self._video.width)
        frame = av.VideoFrame.from_ndarray(packed, self._video.format)
        self._origin = pts if self._origin is None else self._origin
        frame.pts, frame.duration, frame.time_base = pts - self._origin, duration, self._video.tick
        if not self._stream.codec_context.is_open:
            self._attempt(self._open)
        self._attempt(lambda: self._output.mux(self._stream.encode(frame)))
        self._written += 1

    def _open(self) -> None:
        with no_real_time():
            self._stream.codec_context.open(strict=False)

    def close(self) -> None:
        """Flush what the encoder still holds and finish the file."""
        self._attempt(self._flush)
        self._attempt(self._output.close)

    def _flush(self) -> None:
        for packet in self._stream.encode(None):
            if self._written < REORDERED:
                packet.dts = packet.pts
            self._output.mux(packet)

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except av.error.FFmpegError as error:
            if isinstance(error, OSError):  # a full disk, say: not the codec's fault
                raise
            size = f"{self._video.width}x{self._video.height}"
            raise MediaError(
                f"{self._codec} cannot encode a picture of {size}; choose another codec ({error.strerror})."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self.close()


def after_each_other(planes: tuple[Plane, Plane, Plane]) -> Plane:
    """All samples in one array; not copied where they already lie in one."""
    whole, count = planes[0].base, sum(plane.size for plane in planes)
    if whole is None or whole.size != count or any(plane.base is not whole for plane in planes):
        return np.concatenate([plane.ravel() for plane in planes])
    return cast(Plane, whole)


def check_depth(settings: EncodeSettings, bits: int) -> None:
    """MediaError if the codec cannot hold samples of that many bits."""
    if bits not in CODECS[settings.codec].depths:
        raise MediaError(f"{settings.codec} cannot hold {bits} bit here; choose h265 or av1.")


def check_shape(settings: EncodeSettings, aspect: Pair | None, container: str) -> None:
    """MediaError if the shape of the pixels would be lost: PyAV has no way to write it into Matroska's own header."""
    square = aspect is None or aspect[0] == aspect[1]
    if container == "matroska" and not square and not CODECS[settings.codec].shape:
        raise MediaError(
            f"{settings.codec} in Matroska cannot hold pixels that are not square here; choose h264 or h265."
        )


def _rate(video: VideoFacts) -> Fraction:
    """For the encoder's rate control alone; times come from each frame."""
    return Fraction(*video.average_rate) if video.average_rate and all(video.average_rate) else Fraction(25)


def _describe(stream: av.VideoStream, video: VideoFacts) -> None:
    context = stream.codec_context
    stream.width, stream.height, stream.pix_fmt = video.width, video.height, video.format
    stream.time_base = context.time_base = video.tick
    context.flags |= Flags.closed_gop
    colour = video.colour
    context.color_primaries, context.color_trc = colour.primaries, colour.transfer
    context.colorspace, context.color_range = colour.matrix, colour.range
    if video.sample_aspect_ratio:
        context.sample_aspect_ratio = Fraction(*video.sample_aspect_ratio)


def _options(video: VideoFacts, settings: EncodeSettings) -> dict[str, str]:
    table = CODECS[settings.codec]
    crf, preset = settings.crf if settings.crf is not None else table.crf, settings.preset or table.preset
    options = {"crf": str(crf), "chroma_sample_location": video.colour.location or "unspecified"}
    if table.encoder == "libvpx-vp9":
        return {**options, "b": "0", "deadline": "good", "cpu-used": preset, "row-mt": "1"}
    few = video.width * video.height > LARGE and preset in X26_PRESETS[X26_PRESETS.index("veryfast") :]
    extra = _parameters(table.encoder, video.hdr, LOOKAHEAD if few else None)
    return {**options, "preset": preset, **extra}


def _parameters(encoder: str, hdr: Hdr | None, lookahead: int | None) -> dict[str, str]:
    """Static HDR metadata and the frames to plan by, in each encoder's own notation."""
    told = {"libx264": _repeatable(), "libx265": ["log-level=error"]}.get(encoder, [])
    told += [f"rc-lookahead={lookahead}"] if lookahead else []
    name, display, light = {
        "libx264": ("x264-params", "mastering-display", "cll"),
        "libx265": ("x265-params", "master-display", "max-cll"),
        "libsvtav1": ("svtav1-params", "mastering-display", "content-light"),
    }[encoder]
    if hdr and (mastering := mastering_display(hdr, as_numbers=encoder == "libsvtav1")):
        told.append(f"{display}={mastering}")
    if hdr and hdr.max_cll is not None:
        told.append(f"{light}={hdr.max_cll},{hdr.max_fall or 0}")
    return {name: ":".join(told)} if told else {}


def _repeatable() -> list[str]:
    """The AVX-512 code of x264 gives another stream for the same frames now and then; that for AVX2 is as fast."""
    return ["asm=avx2"] if "avx512f" in processor() else []


def mastering_display(hdr: Hdr, as_numbers: bool) -> str | None:
    """`G(x,y)B(x,y)R(x,y)WP(x,y)L(greatest,least)`, in coded units or in plain numbers; None unless all is known."""
    points, luminance = (hdr.green, hdr.blue, hdr.red, hdr.white), hdr.luminance
    if luminance is None or None in points:
        return None
    units = [50000] * 4 + [10000] if as_numbers else [0] * 5
    pairs = [*(pair for pair in points if pair), luminance[::-1]]
    told = [(x / unit, y / unit) if unit else (x, y) for (x, y), unit in zip(pairs, units, strict=True)]
    return "".join(f"{name}({x},{y})" for name, (x, y) in zip(("G", "B", "R", "WP", "L"), told, strict=True))
