"""What a file is, from its header and its first pictures. Runs in the decoding process only."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter import Graph
from av.stream import Discard, Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from duf.media.demux import is_cover, listening, said
from duf.media.facts import (
    DEINTERLACED,
    Chapter,
    Clip,
    Colour,
    Hdr,
    Interlaced,
    Pair,
    Track,
    TrackKind,
    VideoFacts,
    WorkingFormat,
)
from duf.media.normalise import plain_name, source_of

if TYPE_CHECKING:
    from av.container.core import Chapter as AvChapter
    from av.sidedata.sidedata import SideData

CHROMA_LOCATIONS = ["left", "center", "topleft", "top", "bottomleft", "bottom"]
BT709, UNSAID, LIMITED, FULL = 1, 2, 1, 2
GUESSING = ("mpeg", "mpegts")  # containers whose length FFmpeg guesses, as nothing says it
CHROMATICITY, LUMINANCE = 50_000, 10_000  # units a whole, in Hdr


def described(container: InputContainer, stream: VideoStream, picture: VideoFrame, interlaced: Interlaced) -> Clip:
    """The facts of an open container, given its first picture and how it is interlaced."""
    dump = _dump(container, stream)
    tracks = [_track(other) for other in container.streams if other.index != stream.index]
    video = VideoFacts(
        index=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        width=picture.width,
        height=picture.height,
        pix_fmt=picture.format.name,
        format=working_format(picture),
        time_base=_pair(stream.time_base) or (1, 1000),
        average_rate=_pair(stream.average_rate),
        sample_aspect_ratio=_pair(stream.sample_aspect_ratio),
        rotation=picture.rotation,
        display_matrix=_display_matrix(picture),
        colour=_colour(picture),
        interlaced=interlaced,
        hdr=_hdr(picture),
        duration=_duration(container, stream, picture),
    )
    return Clip(
        container=container.format.name.split(",")[0],
        duration=container.duration / 1e6 if container.duration else None,
        video=video,
        tracks=tracks,
        chapters=[_chapter(chapter) for chapter in container.chapters()],
        metadata=dict(container.metadata),
        notes=[
            *_picture_notes(picture, video, stream, dump),
            *_track_notes(tracks),
            *_timecode_notes(container, stream),
        ],
    )


def working_format(picture: VideoFrame) -> WorkingFormat:
    """8 bit stays 8 bit; more becomes 10."""
    deep = max(part.bits for part in picture.format.components) > 8 and not picture.format.has_palette
    return "yuv420p10le" if deep else "yuv420p"


def _duration(container: InputContainer, stream: VideoStream, first: VideoFrame) -> float | None:
    if container.format.name in GUESSING:
        return None
    said = re.fullmatch(r"(\d+):(\d\d):(\d\d\.\d+)", stream.metadata.get("DURATION", ""))  # Matroska
    if said:
        end = int(said[1]) * 3600 + int(said[2]) * 60 + float(said[3])  # counted from zero
        return end - float((first.pts or 0) * (stream.time_base or 0))
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration else None


def _pair(ratio: Fraction | None) -> Pair | None:
    return (ratio.numerator, ratio.denominator) if ratio else None


def _dump(container: InputContainer, stream: VideoStream) -> str:
    """FFmpeg's own printed lines on the picture track, which hold what PyAV has no attribute for."""
    with listening(av.logging.INFO):
        text = str(cast(Any, container).dumps_format())  # not in the stubs
    found = re.search(rf"^  Stream #0:{stream.index}\b.*?(?=^  Stream #|\Z)", text, re.DOTALL | re.MULTILINE)
    return found[0] if found else ""


def _display_matrix(picture: VideoFrame) -> tuple[int, ...] | None:
    data = _side_data(picture, "DISPLAYMATRIX")
    return struct.unpack("=9i", data) if data and len(data) == 36 else None


def _side_data(picture: VideoFrame, name: str) -> bytes | None:
    return next((bytes(data) for data in _all_side_data(picture) if data.type.name == name), None)


def _all_side_data(picture: VideoFrame) -> Iterable[SideData]:
    return cast("Iterable[SideData]", picture.side_data)  # the stubs know it as a mapping of names


def _colour(picture: VideoFrame) -> Colour:
    """The tags of the working frames: RGB becomes limited BT.709, all else stays as it is."""
    if picture.format.is_rgb or picture.format.has_palette:
        return Colour(int(picture.color_primaries), int(picture.color_trc), BT709, LIMITED)
    full = plain_name(picture.format.name) != picture.format.name
    return Colour(
        primaries=int(picture.color_primaries),
        transfer=int(picture.color_trc),
        matrix=int(picture.colorspace),
        range=FULL if full else int(picture.color_range),
        location=_chroma_location(picture),
    )


def _chroma_location(picture: VideoFrame) -> str | None:
    """Where chroma samples sit. PyAV has no attribute for it, but a filter prints it."""
    graph = Graph()
    nodes = [graph.add("buffer", **source_of(picture)), graph.add("sidedata", "mode=delete"), graph.add("showinfo")]
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    with listening(av.logging.INFO) as logs:
        graph.vpush(picture)
        graph.vpull()
    found = re.search(r"\bcl:(\w+)", said(logs))
    return found[1] if found and found[1] in CHROMA_LOCATIONS else None


def _hdr(picture: VideoFrame) -> Hdr | None:
    mastering = _side_data(picture, "MASTERING_DISPLAY_METADATA")
    light = _side_data(picture, "CONTENT_LIGHT_LEVEL")
    if not mastering and not light:
        return None
    max_cll, max_fall = struct.unpack("=2I", light[:8]) if light else (None, None)
    return Hdr(**_mastering(mastering), max_cll=max_cll, max_fall=max_fall)


def _mastering(data: bytes | None) -> dict[str, Pair]:
    """FFmpeg's AVMasteringDisplayMetadata: ten rationals, then whether chromaticities and luminances are known."""
    if not data or len(data) < 88:
        return {}
    numbers = struct.unpack("=20i2i", data[:88])
    ratios = [Fraction(top, bottom or 1) for top, bottom in zip(numbers[:20:2], numbers[1:20:2], strict=True)]
    known: dict[str, Pair] = {}
    if numbers[20]:
        points = [round(ratio * CHROMATICITY) for ratio in ratios[:8]]
        known = dict(zip(("red", "green", "blue", "white"), zip(points[::2], points[1::2], strict=True), strict=True))
    if numbers[21]:
        known["luminance"] = round(ratios[8] * LUMINANCE), round(ratios[9] * LUMINANCE)
    return known


def _track(stream: Stream) -> Track:
    kind, codec = _kind(stream), _codec(stream)
    note = _why_dropped(stream, kind, codec)
    return Track(
        index=stream.index,
        kind=kind,
        codec=codec,
        language=stream.language,
        title=stream.metadata.get("title") or stream.metadata.get("name"),  # as MP4 calls it
        default=bool(stream.disposition & Disposition.default),
        kept=not note,
        note=note,
    )


def _kind(stream: Stream) -> TrackKind:
    kinds: dict[str, TrackKind] = {kind: kind for kind in ("video", "audio", "subtitle", "attachment")}
    return kinds.get(stream.type, "data")


def _codec(stream: Stream) -> str:
    if stream.codec_context:
        return stream.codec_context.codec.canonical_name
    return getattr(stream, "name", None) or "unknown"


def _why_dropped(stream: Stream, kind: TrackKind, codec: str) -> str:
    if isinstance(stream, VideoStream):
        return "The cover picture is not kept." if is_cover(stream) else "A second picture track is not kept."
    if kind == "data":
        return _why_data_is_dropped(stream)
    if kind == "audio" and stream.codec_context is None:
        return "A sound track of an unknown format is not kept."
    if isinstance(stream, AudioStream) and not stream.codec_context.sample_rate:
        return "A sound track in which no sound was found is not kept."
    return ""


def _why_data_is_dropped(stream: Stream) -> str:
    if "timecode" in stream.metadata:
        return f"The timecode track (from {stream.metadata['timecode']}) is not kept."
    if stream.discard == Discard.all:  # so FFmpeg marks the text track that MP4 keeps its chapters in
        return "The titles of the chapters; they are kept as chapters."
    name = stream.metadata.get("handler_name", "").strip()
    return f"A data track of the camera ({name}) is not kept." if name else "A data track of the camera is not kept."


def _track_notes(tracks: Sequence[Track]) -> Iterator[str]:
    yield from dict.fromkeys(track.note for track in tracks if track.note.endswith("not kept."))


def _timecode_notes(container: InputContainer, stream: VideoStream) -> Iterator[str]:
    """Where it is a mere tag of the picture track; as a track of its own it has a note already."""
    timecode = next((value for key, value in stream.metadata.items() if key.lower() == "timecode"), "")
    if timecode and not container.streams.data:
        yield f"The timecode (from {timecode}) is kept in Matroska, but not in MP4."


def _chapter(chapter: AvChapter) -> Chapter:
    base = chapter["time_base"] or Fraction(1, 1000)
    return Chapter(float(chapter["start"] * base), float(chapter["end"] * base), chapter["metadata"].get("title", ""))


def _picture_notes(picture: VideoFrame, video: VideoFacts, stream: VideoStream, dump: str) -> Iterator[str]:
    yield from _format_notes(picture, video, stream)
    if video.interlaced != "no":
        yield DEINTERLACED
    kinds = {data.type.name for data in _all_side_data(picture)}
    if "DOVI configuration" in dump or kinds & {"DOVI_RPU_BUFFER", "DOVI_METADATA"}:
        yield "The Dolby Vision layer is not kept; the result shows the base picture."
    if "DYNAMIC_HDR_PLUS" in kinds:
        yield "The HDR10+ scene by scene settings are not kept; the static HDR settings are."
    if "A53_CC" in kinds:
        yield "The closed captions inside the picture track are not kept."
    if "SPHERICAL" in kinds or "Spherical" in dump or "STEREO3D" in kinds or "stereo3d" in dump.lower():
        yield "The marks of a 360 degree or 3D video are not kept."


def _format_notes(picture: VideoFrame, video: VideoFacts, stream: VideoStream) -> Iterator[str]:
    name, depth = picture.format.name, max(part.bits for part in picture.format.components)
    if any(part.is_alpha for part in picture.format.components) or stream.metadata.get("alpha_mode") == "1":
        yield "Transparency, where there is any, is not kept; the result is opaque."
    if picture.format.is_rgb or picture.format.has_palette:
        yield "The picture is stored as RGB; the result is YCbCr (BT.709) with colour at half resolution."
    elif _fuller_chroma(picture):
        yield f"The colour is stored finer ({name}) than the result holds it; it is reduced to half resolution (4:2:0)."
    if depth > video.bit_depth and not picture.format.has_palette:
        yield f"The picture has {depth} bits a sample; the result has {video.bit_depth}."


def _fuller_chroma(picture: VideoFrame) -> bool:
    kind, half = picture.format, ((picture.width + 1) // 2, (picture.height + 1) // 2)
    grey = len(kind.components) < 3
    return not grey and (kind.chroma_width(picture.width), kind.chroma_height(picture.height)) > half
