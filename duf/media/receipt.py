"""The integrity receipt: what a result holds, compared with its source before anybody is told that it is done."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from duf.errors import MediaError
from duf.media.facts import DEFAULT_LIMITS, Clip, Limits, VideoFacts
from duf.media.join import Assembly, for_results
from duf.media.sandbox import Sandbox
from duf.media.source import Source
from duf.media.wire import NOTE

MILLISECOND = 0.001
ROUNDING = {"mp4": 1e-6, "matroska": MILLISECOND}  # seconds by which a container may round a picture's time
LIMITED = 1  # what players take an unsaid range for


@dataclass(frozen=True)
class Receipt:
    """What was kept. `differences` are sentences and empty when `ok`."""

    frames: int
    duration: float  # seconds, first frame's start to last frame's end
    width: int
    height: int
    container: str
    codec: str
    tracks: list[dict[str, Any]] = field(default_factory=list)  # codec, language, packets, sha256 of the payloads
    chapters: int = 0
    attachments: int = 0
    metadata: int = 0  # entries
    colour: dict[str, Any] = field(default_factory=dict)
    sample_aspect_ratio: tuple[int, int] | None = None
    rotation: int = 0
    worst_picture: float = 0.0  # seconds by which a frame's time differs at most
    worst_sync: float = 0.0  # seconds by which a sound or subtitle moved against the picture at most
    shift: float = 0.0  # seconds by which everything starts later together
    notes: list[str] = field(default_factory=list)  # told before the start, or about names that did not fit
    differences: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.differences

    def summary(self) -> str:
        """A line for people."""
        counted = {
            "sound track": sum(track["kind"] == "audio" for track in self.tracks),
            "subtitle track": sum(track["kind"] == "subtitle" for track in self.tracks),
            "chapter": self.chapters,
            "attachment": self.attachments,
        }
        kept = [f"{count} {name}{'s' if count > 1 else ''}" for name, count in counted.items() if count]
        frames = "1 frame" if self.frames == 1 else f"{self.frames} frames"
        size = f"{frames} of {self.width}x{self.height}, {self.duration:.2f} s"
        sync = f"in sync to {self.worst_sync * 1000:.2f} ms"
        return f"{size}; kept {', '.join(kept)}, {sync}; verified." if kept else f"{size}; verified."

    def to_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        plain = {name: value for name, value in data.items() if name != "ok"}
        aspect = plain["sample_aspect_ratio"]
        return cls(**{**plain, "sample_aspect_ratio": tuple(aspect) if aspect else None})


def receipt(
    source: Source, result: Path, clip: Clip, assembly: Assembly, wanted: VideoFacts, limits: Limits = DEFAULT_LIMITS
) -> Receipt:
    """Compare a result with its source. clip: the settled source; wanted: the picture track as it should have become.

    Raises MediaError if the result cannot be read at all.
    """
    with Sandbox("compare", assembly.to_json(), [source, result], for_results(limits)) as sandbox:
        found, facts = (payload for kind, payload in sandbox.messages() if kind == NOTE)
    span = assembly.span
    video = Clip.from_json(found).video
    return Receipt(
        frames=facts["frames"],
        duration=float(span[1] - span[0]),
        width=video.width,
        height=video.height,
        container=assembly.container,
        codec=video.codec,
        tracks=[track["result"] for track in facts["tracks"] if track["result"]],
        chapters=len(facts["chapters"][1]),
        attachments=len(facts["attachments"][1]),
        metadata=len(facts["metadata"][1]),
        colour=asdict(video.colour),
        sample_aspect_ratio=video.sample_aspect_ratio,
        rotation=video.rotation,
        worst_picture=facts["worst_frame"] or 0.0,
        worst_sync=max((track["worst"] or 0.0 for track in facts["tracks"]), default=0.0),
        shift=facts["shift"],
        notes=[*clip.notes, *_names(facts)],
        differences=[*_frames(facts, assembly), *_tracks(facts), *_rest(facts), *_picture(video, wanted)],
    )


def verified(receipt: Receipt) -> Receipt:
    """The receipt if all is well; MediaError with the first difference if not."""
    if receipt.differences:
        raise MediaError(
            f"The result does not match its source and was thrown away; try again, or report it with this: "
            f"{receipt.differences[0]}"
        )
    return receipt


def _frames(facts: dict[str, Any], assembly: Assembly) -> list[str]:
    if facts["frames"] != len(assembly.pts):
        return [f"it has {facts['frames']} pictures instead of {len(assembly.pts)}."]
    late, worst = abs(facts["shift"]), facts["worst_frame"]
    if worst > ROUNDING[assembly.container] or (assembly.container == "mp4" and late > MILLISECOND):
        return [f"a picture is {max(worst, late) * 1000:.2f} ms from its time."]
    length, wanted = facts["length"], float(assembly.span[1] - assembly.span[0])
    if length is None or abs(length - wanted) > 2 * MILLISECOND:
        return [f"it lasts {length or 0:.3f} s instead of {wanted:.3f} s."]
    return []


def _tracks(facts: dict[str, Any]) -> list[str]:
    return [sentence for number, track in enumerate(facts["tracks"], 1) if (sentence := _track(number, track))]


def _track(number: int, track: dict[str, Any]) -> str:
    ours, theirs, worst = track["source"], track["result"], track["worst"]
    if not ours or not theirs:
        return f"track {number} is missing." if ours else f"track {number} is not from the source."
    if ours["sha256"] != theirs["sha256"] or worst is None:
        return (
            f"the {ours['kind']} track {number} ({ours['codec']}) was not copied whole "
            f"({theirs['packets']} of {ours['packets']} packets)."
        )
    return f"track {number} is {worst * 1000:.2f} ms out of sync." if worst > 1.5 * MILLISECOND else ""


def _rest(facts: dict[str, Any]) -> list[str]:
    differences = []
    if facts["attachments"][0] != facts["attachments"][1]:
        differences.append("its attachments differ.")
    ours, theirs = facts["chapters"]
    near = [abs(a[end] - b[end]) <= MILLISECOND for a, b in zip(ours, theirs, strict=False) for end in ("start", "end")]
    if len(ours) != len(theirs) or not all(near) or [c["title"] for c in ours] != [c["title"] for c in theirs]:
        differences.append("its chapters differ.")
    return differences


def _names(facts: dict[str, Any]) -> list[str]:
    """Names that a container could not hold: no reason to throw a result away, but to be told."""
    ours, theirs = facts["metadata"]
    lost = [key for key, value in ours.items() if theirs.get(key) != value]
    notes = [f"The metadata {', '.join(lost)} could not be kept as written."] if lost else []
    for number, track in enumerate(facts["tracks"], 1):
        one, other = track["source"] or {}, track["result"] or {}
        if any(one.get(name) != other.get(name) for name in ("language", "title")):
            notes.append(f"The name or language of track {number} could not be kept as written.")
    return notes


def _picture(found: VideoFacts, wanted: VideoFacts) -> list[str]:
    pairs = {
        "size": ((found.width, found.height), (wanted.width, wanted.height)),
        "depth": (found.bit_depth, wanted.bit_depth),
        "colour primaries": (found.colour.primaries, wanted.colour.primaries),
        "transfer curve": (found.colour.transfer, wanted.colour.transfer),
        "colour matrix": (found.colour.matrix, wanted.colour.matrix),
        "range": (found.colour.range or LIMITED, wanted.colour.range or LIMITED),
        "pixel shape": (found.sample_aspect_ratio or (1, 1), wanted.sample_aspect_ratio or (1, 1)),
        "rotation": (found.display_matrix, wanted.display_matrix),
    }
    return [f"the {name} is {got} instead of {want}." for name, (got, want) in pairs.items() if got != want]
