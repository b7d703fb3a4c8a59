"""A maker of small test clips, every kind of trouble in a few kilobytes.

Each picture carries its ordinal as eight dark or bright blocks along the top (`ordinal_of` reads it back), so that a
test can say which frame it got. All other content is smooth, moves a little, and changes wholly at each of `cuts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

MASTERING = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"  # x265's notation


@dataclass(frozen=True)
class Sound:
    """An audio track: a tone of its own, so that tracks cannot be mistaken for each other."""

    language: str = "eng"
    codec: str = "aac"
    tone: int = 440  # Hz
    rate: int = 48000
    title: str = ""
    start: float = 0.0  # seconds


@dataclass(frozen=True)
class Text:
    """A subtitle track; `lines` are (start, end, text) in seconds."""

    language: str = "eng"
    codec: str = "subrip"
    lines: Sequence[tuple[float, float, str]] = ((0.0, 0.2, "Hello"), (0.24, 0.4, "world"))


@dataclass(frozen=True)
class Recipe:
    """What `make` puts into a file. Times are in units of `time_base`."""

    frames: int = 12
    size: tuple[int, int] = (64, 48)  # width, height
    rate: int = 25
    time_base: Fraction = Fraction(1, 12800)
    pts: Sequence[int] | None = None  # one a frame; None: evenly by `rate`
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    keyint: int = 6
    b_frames: int = 0
    options: dict[str, str] = field(default_factory=dict)
    cuts: Sequence[int] = ()
    sounds: Sequence[Sound] = ()
    texts: Sequence[Text] = ()
    chapters: Sequence[tuple[float, float, str]] = ()
    attachment: bytes | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    timecode: str | None = None
    rotation: int | None = None  # degrees, counter-clockwise
    sar: Fraction | None = None
    colour: tuple[int, int, int, int] | None = None  # primaries, transfer, matrix, range as FFmpeg numbers
    interlaced: bool = False
    flagged: bool = True  # whether interlaced material says so
    shift: int = 0  # added to the pts and dts of every video packet when it is muxed
    container: str | None = None
    container_options: dict[str, str] = field(default_factory=dict)
    picture: Callable[[int, Recipe], NDArray[np.uint8]] | None = None  # rgb24 [h, w, 3]

    @property
    def times(self) -> list[int]:
        """The pts of every frame."""
        if self.pts is not None:
            return list(self.pts)
        tick = Fraction(1, self.rate) / self.time_base
        return [round(n * tick) for n in range(self.frames)]

    @property
    def seconds(self) -> float:
        """From time zero to the end of the last frame."""
        return float(max(self.times) * self.time_base + Fraction(1, self.rate))


def make(path: Path, **recipe: Any) -> Path:
    """Write a clip (see Recipe for the keywords); the container follows the file's extension."""
    plan = Recipe(**recipe)
    with av.open(str(path), "w", format=plan.container, container_options=plan.container_options) as output:
        output.metadata.update(plan.metadata)
        if plan.chapters:
            output.set_chapters([_chapter(n, *chapter) for n, chapter in enumerate(plan.chapters)])
        video = _video_stream(output, plan)
        packets = [_sound_packets(output, plan, sound) for sound in plan.sounds]
        packets += [_text_packets(output, text) for text in plan.texts]
        if plan.attachment is not None:
            output.add_attachment("font.ttf", "application/x-truetype-font", plan.attachment)
        packets.insert(0, encoded(video, plan))
        for packet in sorted((p for track in packets for p in track), key=_decoding_time):
            output.mux_one(packet)
    return path


def promising_sound(path: Path) -> Path:
    """A transport stream that announces a sound track which never comes."""
    plan = Recipe(frames=300)
    with av.open(str(path), "w") as output:
        video, sound = _video_stream(output, plan), output.add_stream("aac", rate=48000)
        assert isinstance(sound, av.AudioStream)
        sound.layout = "mono"
        for packet in encoded(video, plan):
            output.mux_one(packet)
    return path


def encoded(stream: av.VideoStream, plan: Recipe) -> list[av.Packet[Any]]:
    """Every packet of the pictures of `plan`."""
    stream.codec_context.time_base = plan.time_base
    packets: list[av.Packet[Any]] = []
    for number, pts in enumerate(plan.times):
        frame = av.VideoFrame.from_ndarray(picture(number, plan), "rgb24").reformat(format=plan.pix_fmt)
        frame.pts, frame.time_base = pts, plan.time_base
        packets += stream.encode(frame)
    packets += stream.encode(None)
    for packet in packets:
        assert packet.pts is not None and packet.dts is not None
        packet.pts, packet.dts = packet.pts + plan.shift, packet.dts + plan.shift
    return packets


def picture(number: int, plan: Recipe) -> NDArray[np.uint8]:
    """The picture of one ordinal, rgb24 [h, w, 3]."""
    if plan.picture is not None:
        return plan.picture(number, plan)
    pixels = moving(number, plan)
    if plan.interlaced:  # the second field is a moment half a frame later
        pixels[1::2] = moving(number + 0.5, plan)[1::2]
    _stamp(pixels, number)
    return pixels


def moving(moment: float, plan: Recipe) -> NDArray[np.uint8]:
    """A smooth scene that drifts."""
    width, height = plan.size
    scene = sum(moment >= cut for cut in plan.cuts)
    speed = 8 if plan.interlaced else 1
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x += speed * moment
    turn = 2.4 * scene
    waves = [np.sin((x * np.cos(turn + c) + y * np.sin(turn + c)) * (2 + scene) / 16 + c + turn) for c in range(3)]
    return (np.stack(waves, -1) * 60 + 128).astype(np.uint8)


def _stamp(pixels: NDArray[np.uint8], number: int) -> None:
    height, width = pixels.shape[:2]
    for bit in range(8):
        left, right = bit * width // 8, (bit + 1) * width // 8
        pixels[: max(2, height // 10), left:right] = 168 if number >> bit & 1 else 88


def ordinal_of(luma: NDArray[Any]) -> int:
    """The ordinal stamped into a luma plane [h, w] of any depth and size."""
    height, width = luma.shape
    middle = 512 if luma.dtype == np.uint16 else 128
    strip = luma[: max(2, height // 10)]
    blocks = (strip[:, bit * width // 8 : (bit + 1) * width // 8].mean() for bit in range(8))
    return sum(1 << bit for bit, block in enumerate(blocks) if block > middle)


def join(path: Path, *recipes: dict[str, Any], container_options: dict[str, str] | None = None) -> Path:
    """One video track whose size, format or timestamps change where the next recipe begins (use .ts or .mkv)."""
    plans = [Recipe(**recipe) for recipe in recipes]
    with av.open(str(path), "w", container_options=container_options or {}) as output:
        first = _video_stream(output, plans[0])
        packets = encoded(first, plans[0])
        for plan in plans[1:]:
            with av.open("/dev/null", "w", format="mpegts") as scratch:
                for packet in encoded(_video_stream(scratch, plan), plan):
                    packet.stream = first
                    packets.append(packet)
        for packet in packets:
            output.mux_one(packet)
    return path


def _video_stream(output: av.container.OutputContainer, plan: Recipe) -> av.VideoStream:
    stream = output.add_stream(plan.codec, rate=plan.rate, options=_encoder_options(plan))
    assert isinstance(stream, av.VideoStream)
    context = stream.codec_context
    stream.width, stream.height = plan.size
    stream.pix_fmt = plan.pix_fmt
    stream.time_base = context.time_base = plan.time_base
    context.thread_count = 1
    context.gop_size = plan.keyint
    context.max_b_frames = plan.b_frames
    if plan.sar:
        context.sample_aspect_ratio = plan.sar
    if plan.colour:
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = plan.colour
    if plan.rotation is not None:
        stream.set_display_rotation(plan.rotation)
    if plan.timecode:
        stream.metadata["timecode"] = plan.timecode
    return stream


def _encoder_options(plan: Recipe) -> dict[str, str]:
    if plan.codec == "libx264":
        fields = {"x264-params": "tff=1"} if plan.interlaced and plan.flagged else {}
        return {"preset": "ultrafast", "crf": "10", **fields, **plan.options}
    if plan.codec == "libx265":
        return {"preset": "ultrafast", "crf": "10", "x265-params": "log-level=none:pools=1", **plan.options}
    return plan.options


def _chapter(number: int, start: float, end: float, title: str) -> av.container.core.Chapter:
    base = Fraction(1, 1000)
    return {
        "id": number + 1,
        "start": round(start * 1000),
        "end": round(end * 1000),
        "time_base": base,
        "metadata": {"title": title},
    }


def _sound_packets(output: av.container.OutputContainer, plan: Recipe, sound: Sound) -> list[av.Packet[Any]]:
    stream = output.add_stream(sound.codec, rate=sound.rate)
    assert isinstance(stream, av.AudioStream)
    stream.layout = "mono"
    stream.metadata["language"] = sound.language
    if sound.title:
        stream.metadata["title"] = sound.title
    step = 1024
    packets: list[av.Packet[Any]] = []
    for start in range(0, int(plan.seconds * sound.rate), step):
        moments = np.arange(start, start + step) / sound.rate
        samples = (np.sin(moments * sound.tone * 2 * np.pi) * 8000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
        frame.sample_rate, frame.time_base = sound.rate, Fraction(1, sound.rate)
        frame.pts = start + round(sound.start * sound.rate)
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def _text_packets(output: av.container.OutputContainer, text: Text) -> list[av.Packet[Any]]:
    stream = output.add_mux_stream(text.codec)
    stream.metadata["language"] = text.language
    return [_text_packet(stream, text.codec, *line) for line in text.lines]


def _text_packet(stream: av.stream.Stream, codec: str, start: float, end: float, words: str) -> av.Packet[Any]:
    payload = words.encode()
    packet: av.Packet[Any] = av.Packet(len(payload).to_bytes(2, "big") + payload if codec == "mov_text" else payload)
    packet.stream = stream
    packet.time_base = Fraction(1, 1000)
    packet.pts = packet.dts = round(start * 1000)
    packet.duration = round((end - start) * 1000)
    packet.is_keyframe = True
    return packet


def _decoding_time(packet: av.Packet[Any]) -> Fraction:
    assert packet.dts is not None
    return packet.dts * packet.time_base


def cut_short(path: Path, source: Path, keep: float) -> Path:
    """The first part of a file (0 < keep < 1), as a broken download leaves it."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    return path


def flv_timestamps(path: Path, source: Path, times: Iterable[int]) -> Path:
    """Rewrite the milliseconds of an FLV's video frames, in file order, however broken."""
    data, new, at = bytearray(source.read_bytes()), iter(times), 13
    while at + 11 <= len(data):
        kind, length = data[at], int.from_bytes(data[at + 1 : at + 4], "big")
        is_frame = kind == 9 and data[at + 12] == 1  # an AVC tag that is not its header
        if is_frame and (time := next(new, None)) is not None:
            data[at + 4 : at + 7] = (time & 0xFFFFFF).to_bytes(3, "big")
            data[at + 7] = time >> 24 & 0xFF
        at += 11 + length + 4
    path.write_bytes(data)
    return path
