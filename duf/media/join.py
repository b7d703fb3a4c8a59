"""Segments and the rest of the source become one file. Untrusted bytes are parsed in the decoding process alone."""

import resource
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from duf.errors import MediaError
from duf.media.facts import DEFAULT_LIMITS, Chapter, Clip, Limits, Pair, Track
from duf.media.sandbox import Sandbox
from duf.media.source import Source
from duf.media.wire import NOTE

Container = Literal["mp4", "matroska"]
EXTENSIONS: dict[Container, str] = {"mp4": ".mp4", "matroska": ".mkv"}

# What players find in an MP4, and what FFmpeg lets be copied into Matroska.
MP4_SOUND = {"aac", "ac3", "alac", "eac3", "flac", "mp3", "opus"}
MATROSKA_SOUND = {
    "aac", "ac3", "alac", "atrac1", "atrac3", "cook", "dts", "eac3", "flac", "mlp", "mp1", "mp2", "mp3", "opus",
    "pcm_f32le", "pcm_f64le", "pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le", "pcm_u8",
    "qdm2", "qdmc", "ra_144", "ra_288", "sipr", "truehd", "tta", "vorbis", "wavpack",
}  # fmt: skip
MATROSKA_SUBTITLES = {
    "arib_caption", "ass", "dvb_subtitle", "dvd_subtitle", "hdmv_pgs_subtitle", "hdmv_text_subtitle", "text", "webvtt",
}  # fmt: skip
# Text that can go either way when nothing but words is in it.
TEXT = {"subrip", "mov_text"}

NAMES = {"audio": "sound", "subtitle": "subtitles"}  # of kinds of tracks, as people say
UNCOMPRESSED = ("pcm_s", "pcm_u", "pcm_f")
SPARE_FILES = 256  # that may be open beside the segments
STYLED = "The subtitles' bold, italics and colours are not kept; their words and times are."
PLAIN_ONLY = "MP4 cannot hold the SubRip subtitles, which have bold, italics or lines at the same time"
GAPS = "MP4 cannot hold the chapters, which begin late, have gaps between them or overlap"
ROUNDED = 0.001  # seconds
FINEST_RATE = 1001  # of 30000/1001 and its like


@dataclass(frozen=True)
class Assembly:
    """What a result consists of, beside its segments."""

    container: Container
    tick: Pair  # seconds of one unit of pts
    pts: list[int]  # of each frame of the result, as the source has them, rising
    duration: list[int]
    kept: list[int]  # tracks of the source to copy, by index
    picture: int  # the source's picture track, whose names are kept
    whole: bool  # False: only what is heard and read during these frames is copied, and the result begins at zero
    display_matrix: tuple[int, ...] | None = None
    sample_aspect_ratio: Pair | None = None
    colour: tuple[int, int, int, int] = (2, 2, 2, 0)  # primaries, transfer, matrix, range

    @property
    def span(self) -> tuple[Fraction, Fraction]:
        """Seconds from the start of the first frame to the end of the last, on the source's clock."""
        tick = Fraction(*self.tick)
        return self.pts[0] * tick, (self.pts[-1] + self.duration[-1]) * tick

    @property
    def rate(self) -> Fraction:
        """Frames a second, on the whole."""
        first, end = self.span
        return (len(self.pts) / (end - first)).limit_denominator(FINEST_RATE)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        matrix = data["display_matrix"]
        return cls(**{**data, "display_matrix": tuple(matrix) if matrix else None})


def container_for(source: Source, clip: Clip, limits: Limits = DEFAULT_LIMITS) -> Container:
    """MP4 where it holds every kept track as it is, else Matroska."""
    return "matroska" if why_not_mp4(source, clip, limits) else "mp4"


def why_not_mp4(source: Source, clip: Clip, limits: Limits = DEFAULT_LIMITS) -> str:
    """What MP4 would lose, as the beginning of a sentence; empty if nothing. Reads the file once if it has SubRip."""
    if misfit := why_not_mp4_at_sight(clip):
        return misfit
    texts = [track.index for track in clip.tracks if track.kept and track.codec == "subrip"]
    return PLAIN_ONLY if texts and _styled(source, texts, limits) else ""


def why_not_mp4_at_sight(clip: Clip) -> str:
    """The same as far as the facts tell it, without a look at the words of SubRip."""
    kept = [track for track in map(_settle, clip.tracks) if track.kept]
    misfit = next((track for track in kept if not _fits_mp4(track)), None)
    if misfit:
        return _not_in_mp4(misfit, alone=sum(track.kind == misfit.kind for track in kept) == 1)
    return "" if _adjoining(clip.chapters) else GAPS


def settled(source: Source, clip: Clip, container: Container, limits: Limits = DEFAULT_LIMITS) -> Clip:
    """The clip with `kept` and `notes` as they are in a result of this container: to be told before the start."""
    tracks = [_settle(track) for track in clip.tracks]
    dropped = [new.note for new, old in zip(tracks, clip.tracks, strict=True) if old.kept and not new.kept]
    texts = [track.index for track in tracks if track.kept and track.codec == "mov_text"]
    styled = [STYLED] if container == "matroska" and texts and _styled(source, texts, limits) else []
    return replace(clip, tracks=tracks, notes=[*clip.notes, *dropped, *styled])


def join(
    source: Source,
    segments: Sequence[Path],
    assembly: Assembly,
    output: Path,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write `output` from the segments' packets, untouched, and the source's kept tracks, chapters and metadata.

    `progress` is told how many packets are written. Raises MediaError, and OSError for a full disk.
    """
    _make_room(len(segments))
    failure = None
    with Sandbox("join", assembly.to_json(), [source, *segments], for_results(limits), output) as sandbox:
        for kind, payload in sandbox.messages():
            if kind == NOTE:
                failure = OSError(payload["errno"], payload["error"])
            elif payload and progress:
                progress(payload)
    if failure:
        raise failure


def _make_room(files: int) -> None:
    """Allow this process to have that many more files open at a time: a long film has a thousand segments."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def for_results(limits: Limits) -> Limits:
    """The limits of a source, widened for what is made of it."""
    return replace(limits, bytes=1 << 42, pixels=limits.pixels * 16, seconds=limits.seconds * 2)


def assembly(
    clip: Clip, container: Container, pts: NDArray[np.int64], duration: NDArray[np.int64], whole: bool = True
) -> Assembly:
    """The assembly of a settled clip's frames of these times."""
    if not len(pts):
        raise MediaError("There is no picture in the chosen stretch; choose an earlier start or a later end.")
    video = clip.video
    colour = video.colour
    return Assembly(
        container=container,
        tick=video.time_base,
        pts=pts.tolist(),
        duration=duration.tolist(),
        kept=[track.index for track in clip.tracks if track.kept],
        picture=video.index,
        whole=whole,
        display_matrix=video.display_matrix,
        sample_aspect_ratio=video.sample_aspect_ratio,
        colour=(colour.primaries, colour.transfer, colour.matrix, colour.range),
    )


def _adjoining(chapters: Sequence[Chapter]) -> bool:
    """Whether each begins where the one before it ends, the first at zero: MP4 knows nothing but their lengths."""
    ends = [0.0, *(chapter.end for chapter in chapters)]
    return all(abs(chapter.start - end) <= ROUNDED for chapter, end in zip(chapters, ends, strict=False))


def _fits_mp4(track: Track) -> bool:
    return (track.kind == "audio" and track.codec in MP4_SOUND) or track.codec in TEXT


def _fits_matroska(track: Track) -> bool:
    if track.kind == "audio":
        return track.codec in MATROSKA_SOUND
    return track.kind == "attachment" or track.codec in MATROSKA_SUBTITLES | TEXT


def _not_in_mp4(track: Track, alone: bool) -> str:
    """`alone`: it is the only one of its kind, and needs no number."""
    kind = _named(track)
    if alone:
        return f"MP4 cannot hold the {kind} ({track.codec})"
    return f"MP4 cannot hold the {kind} track {track.index} ({track.codec})"


def _named(track: Track) -> str:
    name = NAMES.get(track.kind, track.kind)
    return f"uncompressed {name}" if track.codec.startswith(UNCOMPRESSED) else name


def _settle(track: Track) -> Track:
    """The track, not to be kept if there is no container for it."""
    if not track.kept or _fits_mp4(track) or _fits_matroska(track):
        return track
    kind = _named(track)
    note = f"The {kind} track {track.index} ({track.codec}) is not kept; neither MP4 nor Matroska can hold it."
    return replace(track, kept=False, note=note)


def _styled(source: Source, texts: list[int], limits: Limits) -> bool:
    """Whether text tracks hold more than words one after another."""
    with Sandbox("styled", {"tracks": texts}, [source], limits) as sandbox:
        return any(payload["styled"] for kind, payload in sandbox.messages() if kind == NOTE)
