"""The tracks that are copied as they are: their packets, their words, and where time zero goes.

Runs in the decoding process only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import av
from av.container import InputContainer
from av.stream import Discard, Stream

from duf.media.join import Assembly

CLOCKS = ("mpegts", "mpeg")  # whose times count from an arbitrary moment
MARKUP = re.compile(rb"<[/a-zA-Z]|\{\\")
LATE = 10  # seconds after the end of a stretch before reading on is given up: nothing of it comes any more


class Copied(NamedTuple):
    """A packet to copy. Times in seconds on the source's clock."""

    packet: av.Packet[Any]
    start: Fraction
    end: Fraction
    payload: bytes  # without the container's own framing


def copied(source: InputContainer, kept: Collection[int], span: tuple[Fraction, Fraction] | None) -> Iterator[Copied]:
    """Every packet of the kept sound and subtitle tracks, in file order; with a span only those that reach into it."""
    streams = [stream for stream in source.streams if stream.index in kept and stream.type in ("audio", "subtitle")]
    for stream in source.streams:
        stream.discard = Discard.default if stream in streams else Discard.all
    if not streams:
        return
    last: dict[int, Copied] = {}
    for packet in _demuxed(source, streams):
        found = _placed(packet, last.get(packet.stream_index))
        if found is None:
            continue
        last[packet.stream_index] = found
        if span and found.start > span[1] + LATE:
            return
        if found.payload and (span is None or (found.end > span[0] and found.start < span[1])):
            yield found


def origin(source: InputContainer, assembly: Assembly) -> Fraction:
    """The moment of the source, in seconds, that is zero in the result: the same for every track, so nothing shifts."""
    first = assembly.span[0]
    if not assembly.whole:
        return first
    if source.format.name in CLOCKS:
        return min([first, *(start for start in map(_start, source.streams) if start is not None)])
    return min(Fraction(0), first)


def has_markup(text: bytes) -> bool:
    """Whether a line of SubRip holds more than words."""
    return MARKUP.search(text) is not None


def framed(text: bytes) -> bytes:
    """Words as MP4 stores them."""
    return len(text).to_bytes(2, "big") + text


def words(payload: bytes, codec: str) -> bytes:
    """The words of a line of text without the framing of MP4."""
    if codec != "mov_text":
        return payload
    return payload[2 : 2 + int.from_bytes(payload[:2], "big")]


def codec_of(stream: Stream) -> str:
    return str(stream.codec_context.codec.canonical_name) if stream.codec_context else "unknown"


def styled(source: InputContainer, texts: list[int]) -> bool:
    """Whether lines hold more than words, or appear while another is shown: what cannot go between the formats."""
    ends: dict[int, Fraction] = {}
    for found in copied(source, texts, None):
        index, raw = found.packet.stream_index, bytes(found.packet)
        boxes = codec_of(found.packet.stream) == "mov_text" and len(raw) > 2 + len(found.payload)
        if boxes or has_markup(found.payload) or found.start < ends.get(index, found.start):
            return True
        ends[index] = found.end
    return False


def _demuxed(source: InputContainer, streams: list[Stream]) -> Iterator[av.Packet[Any]]:
    try:
        yield from source.demux(streams)
    except (av.error.FFmpegError, OSError):
        return  # a file cut off in the middle: what there is has been copied


def _placed(packet: av.Packet[Any], before: Copied | None) -> Copied | None:
    time = packet.pts if packet.pts is not None else packet.dts
    if not packet.size or (time is None and before is None):
        return None
    start = before.end if time is None and before else Fraction((time or 0) * packet.time_base)
    return Copied(packet, start, start + _length(packet, start, before), _payload(packet))


def _length(packet: av.Packet[Any], start: Fraction, before: Copied | None) -> Fraction:
    """Seconds; where nothing says it, sound lasts as long as the packet before it."""
    if not packet.duration and before and packet.stream.type == "audio":
        return max(Fraction(0), start - before.start)
    return Fraction((packet.duration or 0) * packet.time_base)


def _payload(packet: av.Packet[Any]) -> bytes:
    codec, data = codec_of(packet.stream), bytes(packet)
    if codec == "aac" and len(data) > 7 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0:
        return data[7 if data[1] & 1 else 9 :]  # without the header of a broadcast
    return words(data, codec)


def _start(stream: Stream) -> Fraction | None:
    if stream.type not in ("audio", "video") or stream.start_time is None or stream.time_base is None:
        return None
    return stream.start_time * stream.time_base
