"""What of a source is found in a result. Both are untrusted: runs in the decoding process only."""

from collections.abc import Collection
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from itertools import zip_longest
from typing import Any

import numpy as np
from av.container import InputContainer
from av.stream import AttachmentStream, Stream
from numpy.typing import NDArray

from duf.media.copied import codec_of, copied, origin
from duf.media.join import Assembly
from duf.media.mux import chapters, told

Span = tuple[Fraction, Fraction]


@dataclass
class Tape:
    """What one track holds: every payload without its framing, and when each starts, in seconds."""

    stream: Stream
    payloads: Any = field(default_factory=sha256)
    starts: list[float] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        language = self.stream.metadata.get("language")
        title = self.stream.metadata.get("title") or self.stream.metadata.get("name")
        return {
            "kind": self.stream.type,
            "codec": codec_of(self.stream),
            "language": None if language == "und" else language,
            "title": title,
            "packets": len(self.starts),
            "sha256": self.payloads.hexdigest(),
        }


def picture_times(result: InputContainer) -> NDArray[np.float64]:
    """When each frame of the result is shown, in seconds."""
    times = (  # of packets that nobody keeps: together they are as large as the result
        float(packet.pts * packet.time_base)
        for packet in result.demux(result.streams.video[0])
        if packet.size and packet.pts is not None
    )
    return np.sort(np.fromiter(times, np.float64))


def compared(
    source: InputContainer, result: InputContainer, shown: NDArray[np.float64], assembly: Assembly
) -> dict[str, Any]:
    """Plain values: what was to be kept of the source beside what the result has. shown: `picture_times` of it."""
    zero, tick = origin(source, assembly), Fraction(*assembly.tick)
    wanted = np.array([float(time * tick - zero) for time in assembly.pts], np.float64)
    shift = float(shown[0] - wanted[0]) if len(shown) else 0.0
    ours = _tapes(source, assembly.kept, None if assembly.whole else assembly.span)
    theirs = _tapes(result, range(len(result.streams)), None)
    return {
        "frames": len(shown),
        "shift": shift,
        "worst_frame": _worst(shown - shift, wanted),
        "length": _length(result.streams.video[0], shown),
        "tracks": [_pair(*pair, float(zero) - shift) for pair in zip_longest(ours, theirs)],
        "attachments": [_attachments(source, assembly.kept), _attachments(result, range(len(result.streams)))],
        "chapters": [
            [_chapter(chapter) for chapter in chapters(source, assembly, zero)],
            [_chapter(chapter) for chapter in result.chapters()],
        ],
        "metadata": [_lower(told(source.metadata)), _lower(told(result.metadata))],
    }


def _length(stream: Stream, shown: NDArray[np.float64]) -> float | None:
    """Seconds from the first picture to the end of the last, as the container has it."""
    clock = stream.metadata.get("DURATION", "").split(":")  # Matroska, counted from zero
    if len(clock) == 3 and len(shown):
        return float(clock[0]) * 3600 + float(clock[1]) * 60 + float(clock[2]) - float(shown[0])
    if stream.duration is None or stream.time_base is None:
        return None
    return float(stream.duration * stream.time_base)  # in a short Matroska file FFmpeg puts the sound's here


def _tapes(container: InputContainer, kept: Collection[int], span: Span | None) -> list[Tape]:
    kinds = ("audio", "subtitle")
    tapes = {
        stream.index: Tape(stream) for stream in container.streams if stream.type in kinds and stream.index in kept
    }
    for found in copied(container, kept, span):
        tape = tapes[found.packet.stream_index]
        tape.payloads.update(found.payload)
        tape.starts.append(float(max(found.start, span[0]) if span and tape.stream.type == "subtitle" else found.start))
    return [tape for tape in tapes.values() if tape.starts]  # an empty track may be missing in an MP4


def _pair(ours: Tape | None, theirs: Tape | None, offset: float) -> dict[str, Any]:
    if ours is None or theirs is None:
        return {"source": ours and ours.facts(), "result": theirs and theirs.facts(), "worst": None}
    worst = _worst(np.array(theirs.starts) + offset, np.array(ours.starts))
    return {"source": ours.facts(), "result": theirs.facts(), "worst": worst}


def _worst(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> float | None:
    """The greatest difference in seconds; None where the counts differ."""
    if len(found) != len(wanted):
        return None
    return float(np.abs(found - wanted).max()) if len(found) else 0.0


def _attachments(container: InputContainer, kept: Collection[int]) -> list[str]:
    return sorted(
        f"{stream.name} {sha256(stream.data).hexdigest()}"
        for stream in container.streams
        if isinstance(stream, AttachmentStream) and stream.index in kept
    )


def _chapter(chapter: Any) -> dict[str, Any]:
    base = chapter["time_base"] or Fraction(1, 1000)
    title = chapter["metadata"].get("title", "")
    return {"start": float(chapter["start"] * base), "end": float(chapter["end"] * base), "title": title}


def _lower(metadata: dict[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in metadata.items()}
