"""What a file is: plain values that travel as JSON. Nothing here touches a file or imports a media library."""

from dataclasses import asdict, dataclass, field, fields
from fractions import Fraction
from typing import Any, Literal, Self

Pair = tuple[int, int]
WorkingFormat = Literal["yuv420p", "yuv420p10le"]
Interlaced = Literal["no", "flagged", "tff", "bff"]
Deinterlace = Literal["auto", "on", "off"]  # auto: what is interlaced
TrackKind = Literal["video", "audio", "subtitle", "attachment", "data"]


@dataclass(frozen=True)
class Limits:
    """How much one file may cost before it is refused."""

    bytes: int = 16 << 30  # size of the file
    seconds: float = 6 * 3600.0  # first frame's start to last frame's end
    frames: int = 1_500_000
    pixels: int = 4096 * 2304  # in one frame
    tracks: int = 64
    header: int = 64 << 20  # bytes of a compressed header once unpacked
    memory: int = 2 << 30  # bytes of address space of the decoding process
    cpu_seconds: int = 6 * 3600  # of the decoding process, for one job
    silence: float = 60.0  # seconds without a sign of life before the decoding process is stopped

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


DEFAULT_LIMITS = Limits()

DEINTERLACED = "Every picture is two half pictures (interlaced), as camcorders recorded; the result has whole ones."


@dataclass(frozen=True)
class Colour:
    """Colour tags as FFmpeg's numbers (ISO/IEC 23091-2); 2 is 'not said'. range: 0 not said, 1 limited, 2 full."""

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    range: int = 0
    location: str | None = None  # where chroma samples sit: "left", "center", "topleft" …; None: not said

    @property
    def is_hdr(self) -> bool:
        return self.transfer in (16, 18)  # PQ, HLG


@dataclass(frozen=True)
class Hdr:
    """Static HDR metadata. Chromaticities in units of 0.00002, luminances of 0.0001 cd/m², light levels of 1 cd/m²."""

    red: Pair | None = None  # x, y
    green: Pair | None = None
    blue: Pair | None = None
    white: Pair | None = None
    luminance: Pair | None = None  # least, greatest
    max_cll: int | None = None
    max_fall: int | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        plain: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
        return cls(**plain)


@dataclass(frozen=True)
class VideoFacts:
    """The picture track, as its frames arrive from `read`: coded orientation, deinterlaced, in `format`."""

    index: int  # of the track in the file
    codec: str
    width: int
    height: int
    pix_fmt: str  # as coded
    format: WorkingFormat  # what every frame is normalised to
    time_base: Pair  # seconds of one tick of pts and duration
    average_rate: Pair | None = None  # frames a second as the header has it; (25, 1)
    sample_aspect_ratio: Pair | None = None
    rotation: int = 0  # degrees counter-clockwise to turn the coded picture for showing
    display_matrix: tuple[int, ...] | None = None  # nine numbers as FFmpeg has them; None: upright
    colour: Colour = Colour()
    interlaced: Interlaced = "no"  # "flagged" by the file, or found by looking ("tff", "bff")
    hdr: Hdr | None = None
    duration: float | None = None  # seconds of this track, where the header says it

    @property
    def bit_depth(self) -> int:
        """Of a working sample: 8 or 10."""
        return 10 if self.format == "yuv420p10le" else 8

    @property
    def tick(self) -> Fraction:
        """Seconds of one unit of pts."""
        return Fraction(*self.time_base)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        pairs = ("time_base", "average_rate", "sample_aspect_ratio", "display_matrix")
        tuples = {name: tuple(data[name]) if data[name] is not None else None for name in pairs}
        hdr = Hdr.from_json(data["hdr"]) if data["hdr"] else None
        return cls(**{**data, **tuples, "colour": Colour(**data["colour"]), "hdr": hdr})


@dataclass(frozen=True)
class Track:
    """Any other track of the file. `kept`: it can be copied into a result; else `note` says why not."""

    index: int
    kind: TrackKind
    codec: str
    language: str | None = None
    title: str | None = None
    default: bool = False
    kept: bool = True
    note: str = ""


@dataclass(frozen=True)
class Chapter:
    """Times in seconds."""

    start: float
    end: float
    title: str = ""


@dataclass(frozen=True)
class Clip:
    """What a file is, by its header and first pictures. Lengths may lie: the index counts."""

    container: str  # FFmpeg's short name: "mov", "matroska", …
    duration: float | None  # seconds, as the header has it
    video: VideoFacts
    tracks: list[Track] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # sentences: what cannot be kept, what will be done

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        plain = {entry.name: data[entry.name] for entry in fields(cls)}
        plain["video"] = VideoFacts.from_json(data["video"])
        plain["tracks"] = [Track(**track) for track in data["tracks"]]
        plain["chapters"] = [Chapter(**chapter) for chapter in data["chapters"]]
        return cls(**plain)
