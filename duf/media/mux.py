"""Packets of the segments and of the source into one file, every track moved by the same offset.

Runs in the decoding process only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from heapq import merge
from math import lcm
from typing import TYPE_CHECKING, Any, BinaryIO

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.stream import AttachmentStream, Stream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from duf.errors import MediaError
from duf.media.copied import Copied, codec_of, copied, framed, origin
from duf.media.join import Assembly

if TYPE_CHECKING:
    from av.container.core import Chapter

MISFIT = "The parts of the result do not fit together, so it was not written; start the job again."
MP4_TAGS = {
    "title", "artist", "album", "album_artist", "composer", "comment", "copyright", "creation_time", "date",
    "description", "episode_id", "genre", "grouping", "keywords", "lyrics", "network", "show", "synopsis",
}  # fmt: skip
CONTAINERS_OWN = {
    "major_brand", "minor_version", "compatible_brands", "encoder", "duration", "number_of_frames", "number_of_bytes",
    "bps", "handler_name", "vendor_id", "_statistics_tags", "_statistics_writing_app", "_statistics_writing_date_utc",
}  # fmt: skip
FINEST = 100_000_000  # ticks a second of an MP4's own clock
LONGEST = (1 << 31) - 1  # ticks of that clock in one chapter
PLAIN_STYLE = b"[Script Info]\n[V4+ Styles]\nStyle: Default,Arial,16\n[Events]\n"
BEAT_EVERY = 256  # packets


class Sink:
    """A descriptor that is already open, as a file that FFmpeg may also open again to move the index to the front."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._at = descriptor, 0

    def write(self, data: bytes) -> int:
        written = os.pwrite(self._descriptor, data, self._at)
        self._at += written
        return written

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, os.fstat(self._descriptor).st_size)[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def again(self, url: str, flags: int, options: dict[str, str]) -> Reread:
        return Reread(self._descriptor)


class Reread:
    """What was written so far, from its beginning."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._at = descriptor, 0

    def read(self, length: int) -> bytes:
        data = os.pread(self._descriptor, length, self._at)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, os.fstat(self._descriptor).st_size)[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at


Timed = tuple[Fraction, "av.Packet[Any]"]  # when it is due, in seconds on the result's clock


def mux(source: InputContainer, segments: Sequence[BinaryIO], assembly: Assembly, target: int) -> Iterator[int]:
    """Write the result to the descriptor `target`; yields the count of packets written now and then."""
    order = decoding_order(segments, assembly)
    sink, zero = Sink(target), origin(source, assembly)
    options = _options(source, assembly)
    with (
        av.open(sink, "w", format=assembly.container, container_options=options, io_open=sink.again) as output,
        _segment(segments[0]) as first,
    ):
        picture, others = _streams(source, first, assembly, output)
        output.metadata.update(told(source.metadata))
        output.set_chapters(list(chapters(source, assembly, zero)))
        output.start_encoding()
        due = (_pictures(segments, assembly, order, picture, zero), _sound(source, others, assembly, zero))
        for count, (_, packet) in enumerate(merge(*due, key=lambda timed: timed[0]), 1):
            output.mux_one(packet)
            if count % BEAT_EVERY == 0:
                yield count


def decoding_order(segments: Sequence[BinaryIO], assembly: Assembly) -> NDArray[np.int64]:
    """For each picture packet in decoding order its frame's number; MediaError unless every frame is there once."""
    wanted, tick = np.array(assembly.pts, np.int64), Fraction(*assembly.tick)
    at, ranks, headers = 0, [], set()
    for segment in segments:
        with _segment(segment) as container:
            headers.add(container.streams.video[0].codec_context.extradata)
            finer = (container.streams.video[0].time_base or tick) / tick  # NUT may count in fractions of our ticks
            times = np.array(
                [(packet.pts or 0) * finer for packet in container.demux(video=0) if packet.size], np.int64
            )
        sorted_times = np.sort(times)
        expected = wanted[at : at + len(times)]
        if not len(times) or len(expected) < len(times) or (sorted_times + wanted[at] != expected).any():
            raise MediaError(MISFIT)
        ranks.append(at + np.searchsorted(sorted_times, times))
        at += len(times)
    if at != len(wanted) or len(headers) != 1:
        raise MediaError(MISFIT)
    return np.concatenate(ranks)


def decoding_times(order: NDArray[np.int64], pts: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Rising times to decode at, none later than the packet's pts: the sorted pts, late by the deepest reordering.

    The last one is decoded when it is shown: MP4 counts a track's length up to its end.
    """
    delay = int(max(0, (np.arange(len(order)) - order).max()))
    before = pts[0] - step * np.arange(delay, 0, -1)
    return np.concatenate([before, pts[: len(pts) - delay - 1], pts[order[-1:]]]).astype(np.int64)[-len(pts) :]


def chapters(source: InputContainer, assembly: Assembly, zero: Fraction) -> Iterator[Chapter]:
    """The source's chapters on the result's clock, clipped to the stretch that is wanted."""
    for chapter in source.chapters():
        base = chapter["time_base"] or Fraction(1, 1000)
        start, end = chapter["start"] * base, chapter["end"] * base
        if not assembly.whole:
            start, end = max(start, assembly.span[0]), min(end, assembly.span[1])
        if start < end or assembly.whole:
            moved: Chapter = {**chapter, "time_base": base}
            moved["start"], moved["end"] = round((start - zero) / base), round((end - zero) / base)
            yield moved


def told(metadata: dict[str, str]) -> dict[str, str]:
    """What metadata says about the film, not about the file it came in."""
    return {key: value for key, value in metadata.items() if key.lower() not in CONTAINERS_OWN}


def _segment(file: BinaryIO) -> InputContainer:
    file.seek(0)
    return av.open(file, "r", format="nut")


def _options(source: InputContainer, assembly: Assembly) -> dict[str, str]:
    if assembly.container == "matroska":
        return {}
    plain = all(key.lower() in MP4_TAGS for key in told(source.metadata))
    flags = "+faststart" if plain else "+faststart+use_metadata_tags"
    # A timecode track of its own is what FFmpeg makes of the tag, and fails to without a frame rate.
    return {"movflags": flags, "movie_timescale": str(_timescale(source, assembly)), "write_tmcd": "0"}


def _timescale(source: InputContainer, assembly: Assembly) -> int:
    """Ticks a second of the MP4's own clock, on which a late start of any track is exact."""
    picture = assembly.tick[1]
    rates = [stream.codec_context.sample_rate for stream in source.streams.audio if stream.codec_context]
    finest = lcm(picture, *(rate for rate in rates if rate))
    starts_and_ends = [(chapter["start"], chapter["end"], chapter["time_base"]) for chapter in source.chapters()]
    longest = max(((end - start) * (base or Fraction(1, 1000)) for start, end, base in starts_and_ends), default=0)
    return finest if finest <= FINEST and finest * longest <= LONGEST else picture


def _streams(
    source: InputContainer, segment: InputContainer, assembly: Assembly, output: OutputContainer
) -> tuple[VideoStream, dict[int, Stream]]:
    """The result's streams in the source's order, but for the source's picture track, whose place the segments take."""
    others: dict[int, Stream] = {}
    picture: VideoStream | None = None
    for stream in source.streams:
        if stream.index == assembly.picture:
            picture = _picture_stream(stream, segment, assembly, output)
        elif stream.index not in assembly.kept:
            continue
        elif isinstance(stream, AttachmentStream):
            name, kind = stream.metadata.get("filename", "attachment"), stream.metadata.get("mimetype", "")
            output.add_attachment(name, kind or "application/octet-stream", stream.data)
        else:
            others[stream.index] = _copied_stream(stream, assembly, output)
    assert picture is not None
    return picture, others


def _picture_stream(named: Stream, segment: InputContainer, assembly: Assembly, output: OutputContainer) -> VideoStream:
    template = segment.streams.video[0]
    stream = output.add_stream_from_template(template, opaque=True)
    stream.time_base = Fraction(*assembly.tick)
    stream.codec_context.framerate = assembly.rate  # or Matroska's header has a tick for the duration of a frame
    _describe(stream, assembly)
    if codec_of(template) == "hevc" and assembly.container == "mp4":
        stream.codec_context.codec_tag = "hvc1"  # the form that Apple's players take
    stream.set_display_matrix(assembly.display_matrix)
    _name(stream, named)
    return stream


def _describe(stream: VideoStream, assembly: Assembly) -> None:
    """What AV1 and VP9 do not hold themselves."""
    context = stream.codec_context
    context.color_primaries, context.color_trc, context.colorspace, context.color_range = assembly.colour
    if assembly.sample_aspect_ratio:
        context.sample_aspect_ratio = Fraction(*assembly.sample_aspect_ratio)


def _copied_stream(template: Stream, assembly: Assembly, output: OutputContainer) -> Stream:
    codec = codec_of(template)
    stream: Stream
    if codec == "subrip" and assembly.container == "mp4":
        stream = output.add_stream("mov_text")
        stream.codec_context.subtitle_header = PLAIN_STYLE
        stream.codec_context.time_base = template.time_base or Fraction(1, 1000)
    elif codec == "mov_text" and assembly.container == "matroska":
        stream = output.add_mux_stream("subrip")
    else:
        stream = output.add_stream_from_template(template, opaque=True)
    stream.time_base = template.time_base or Fraction(1, 1000)
    _name(stream, template)
    return stream


def _name(stream: Stream, named: Stream) -> None:
    stream.metadata.update(told(named.metadata))
    if "name" in stream.metadata:  # what MP4 calls the title of a track
        stream.metadata.setdefault("title", stream.metadata.pop("name"))
    stream.disposition = named.disposition


def _pictures(
    segments: Sequence[BinaryIO],
    assembly: Assembly,
    order: NDArray[np.int64],
    stream: VideoStream,
    zero: Fraction,
) -> Iterator[Timed]:
    tick = Fraction(*assembly.tick)
    pts = np.array(assembly.pts, np.int64) - round(zero / tick)
    lengths = np.array(assembly.duration, np.int64)
    lengths[order[-1]] = pts[-1] + lengths[-1] - pts[order[-1]]  # what is decoded last lasts to the end
    times = zip(order.tolist(), decoding_times(order, pts, max(1, assembly.duration[0])).tolist(), strict=True)
    for segment in segments:
        with _segment(segment) as container:
            for packet in container.demux(video=0):
                if packet.size:
                    number, decoded_at = next(times)
                    packet.pts, packet.dts, packet.duration = int(pts[number]), decoded_at, int(lengths[number])
                    packet.time_base = tick
                    packet.stream = stream
                    yield tick * decoded_at, packet


def _sound(source: InputContainer, streams: dict[int, Stream], assembly: Assembly, zero: Fraction) -> Iterator[Timed]:
    """The packets of the copied tracks, placed in the result."""
    last: dict[int, int] = {}
    for found in copied(source, streams, None if assembly.whole else assembly.span):
        stream = streams[found.packet.stream_index]
        packet = _reframed(found, assembly.container)
        _move(packet, found, assembly, zero)
        due = max(packet.dts or 0, last.get(stream.index, (packet.dts or 0) - 1) + 1)  # decoding times have to rise
        packet.dts, packet.pts = due, max(packet.pts or 0, due)
        last[stream.index] = due
        packet.stream = stream
        yield due * packet.time_base, packet


def _reframed(found: Copied, container: str) -> av.Packet[Any]:
    """The packet itself, unless its text goes to the other container's form."""
    codec = codec_of(found.packet.stream)
    if codec == "subrip" and container == "mp4":
        packet: av.Packet[Any] = av.Packet(framed(found.payload))
    elif codec == "mov_text" and container == "matroska":
        packet = av.Packet(found.payload)
    else:
        return found.packet
    packet.time_base, packet.is_keyframe = found.packet.time_base, True
    return packet


def _move(packet: av.Packet[Any], found: Copied, assembly: Assembly, zero: Fraction) -> None:
    base, original = found.packet.time_base, found.packet
    start, end = found.start, found.end
    if original.stream.type == "subtitle":
        if not assembly.whole:  # a line that is on screen when the stretch begins or ends
            start, end = max(start, assembly.span[0]), min(end, assembly.span[1])
        packet.pts = packet.dts = round((start - zero) / base)
        packet.duration = round((end - start) / base)
        return
    packet.duration = round((end - start) / base)
    decoded = original.dts if original.dts is not None else round(start / base)
    packet.pts, packet.dts = round((start - zero) / base), decoded - round(zero / base)
