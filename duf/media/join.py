"""Segments and the rest of the source become one file. Untrusted bytes are parsed in the decoding process alone."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from duf.errors import MediaError
from duf.media.facts import DEFAULT_LIMITS, Clip, Limits, Pair, Track
from duf.media.sandbox import Sandbox
from duf.media.wire import BEAT, NOTE

Container = Literal["mp4", "matroska"]
EXTENSIONS: dict[Container, str] = {"mp4": ".mp4", "matroska": ".mkv"}

# What players find in an MP4. Matroska holds nearly everything.
MP4_SOUND = {"aac", "ac3", "alac", "eac3", "flac", "mp3", "opus"}
MATROSKA_CANNOT = {"aac_latm", "amr_nb", "amr_wb", "eia_608", "ttml", "xsub"}
# Text that can go either way when nothing but words is in it.
TEXT = {"subrip", "mov_text"}

STYLED = "The subtitles' bold, italics and colours are not kept; their words and times are."


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

    @property
    def span(self) -> tuple[Fraction, Fraction]:
        """Seconds from the start of the first frame to the end of the last, on the source's clock."""
        tick = Fraction(*self.tick)
        return self.pts[0] * tick, (self.pts[-1] + self.duration[-1]) * tick

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        matrix = data["display_matrix"]
        return cls(**{**data, "display_matrix": tuple(matrix) if matrix else None})


def container_for(source: Path, clip: Clip, limits: Limits = DEFAULT_LIMITS) -> Container:
    """MP4 where it holds every kept track as it is, else Matroska. Reads the file once if it has SubRip subtitles."""
    kept = [track for track in clip.tracks if track.kept]
    if not all(_fits_mp4(track) for track in kept):
        return "matroska"
    texts = [track.index for track in kept if track.codec == "subrip"]
    return "matroska" if texts and _styled(source, texts, limits) else "mp4"


def settled(source: Path, clip: Clip, container: Container, limits: Limits = DEFAULT_LIMITS) -> Clip:
    """The clip with `kept` and `notes` as they are in a result of this container: to be told before the start."""
    tracks = [_settle(track, container) for track in clip.tracks]
    dropped = [new.note for new, old in zip(tracks, clip.tracks, strict=True) if old.kept and not new.kept]
    crossing = "subrip" if container == "mp4" else "mov_text"
    texts = [track.index for track in tracks if track.kept and track.codec == crossing]
    styled = [STYLED] if texts and _styled(source, texts, limits) else []
    return replace(clip, tracks=tracks, notes=[*clip.notes, *dict.fromkeys(dropped + styled)])


def join(
    source: Path,
    segments: Sequence[Path],
    assembly: Assembly,
    output: Path,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write `output` from the segments' packets, untouched, and the source's kept tracks, chapters and metadata.

    `progress` is told how many packets of picture are written. Raises MediaError, and OSError for a full disk.
    """
    with Sandbox("join", assembly.to_json(), [source, *segments], for_results(limits), output) as sandbox:
        for kind, payload in sandbox.messages():
            if kind == NOTE and payload.get("errno"):
                raise OSError(payload["errno"], payload["error"])
            if kind == BEAT and payload and progress:
                progress(payload)


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
    kept = [track.index for track in clip.tracks if track.kept]
    matrix, aspect = video.display_matrix, video.sample_aspect_ratio
    return Assembly(
        container, video.time_base, pts.tolist(), duration.tolist(), kept, video.index, whole, matrix, aspect
    )


def _fits_mp4(track: Track) -> bool:
    return (track.kind == "audio" and track.codec in MP4_SOUND) or track.codec in TEXT


def _settle(track: Track, container: Container) -> Track:
    fits = _fits_mp4(track) if container == "mp4" else track.codec not in MATROSKA_CANNOT
    if fits or not track.kept:
        return track
    name = "MP4" if container == "mp4" else "Matroska"
    advice = "name the result .mkv to keep it" if container == "mp4" else "no container here can"
    note = f"{name} cannot hold the {track.kind} track {track.index} ({track.codec}), so it is not kept; {advice}."
    return replace(track, kept=False, note=note)


def _styled(source: Path, texts: list[int], limits: Limits) -> bool:
    """Whether text tracks hold more than words one after another."""
    with Sandbox("styled", {"tracks": texts}, [source], limits) as sandbox:
        return any(payload["styled"] for kind, payload in sandbox.messages() if kind == NOTE)
