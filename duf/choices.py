"""What a person may choose beside the model and the scale. By default everything is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, get_args

from duf.errors import MediaError
from duf.fitting import SIZES
from duf.media.encode import EncodeSettings
from duf.media.facts import DEINTERLACED, Clip, Deinterlace, Track
from duf.media.join import EXTENSIONS, Container

OWN = ("container", "without", "fit", "deinterlace")  # what does not concern the encoder
KINDS = ("audio", "subtitle", "attachment")  # that can be left out
DEINTERLACE = get_args(Deinterlace)

STAYS = "Edges that move may look like combs, for deinterlacing was turned off; turn it on to have whole pictures."
ALL = "All pictures are deinterlaced, as was asked for, though none needs it; fine lines may blur unless it is off."


@dataclass(frozen=True)
class Choices:
    """How a result is written, and what of its source is in it. Raises MediaError for what there is not."""

    encoding: EncodeSettings = EncodeSettings()
    container: Container | None = None  # None: MP4 where it holds everything that is kept, else Matroska
    without: tuple[str, ...] = ()  # tracks to leave out: kinds, or numbers of tracks in the source

    fit: str = ""  # a size of duf.fitting.SIZES into which the enlarged picture is shrunk
    deinterlace: Deinterlace = "auto"  # on: every picture; off: none, whatever the file says of itself

    def __post_init__(self) -> None:
        if self.fit and self.fit not in SIZES:
            raise MediaError(f"The size {self.fit!r} is not known; choose {' or '.join(SIZES)}.")
        if self.container is not None and self.container not in EXTENSIONS:
            raise MediaError(f"The container {self.container!r} is not known; choose {' or '.join(EXTENSIONS)}.")
        if self.deinterlace not in DEINTERLACE:
            raise MediaError(f"{self.deinterlace!r} is no way to deinterlace; choose {', '.join(DEINTERLACE)}.")
        strange = [name for name in self.without if name not in KINDS and not name.isdecimal()]
        if strange:
            raise MediaError(f"{strange[0]!r} is no track; choose {', '.join(KINDS)} or the number of a track.")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Of one flat object: the keywords of EncodeSettings, and those of this class."""
        own = {name: data[name] for name in OWN if name in data}
        encoding = EncodeSettings.from_json({name: value for name, value in data.items() if name not in OWN})
        return cls(encoding, **{**own, "without": tuple(own.get("without", ()))})

    def applied(self, clip: Clip) -> Clip:
        """The clip without the tracks that are left out, with a note about each of them and about interlacing."""
        tracks = [self._track(track) for track in clip.tracks]
        told = [new.note for new, old in zip(tracks, clip.tracks, strict=True) if old.kept and not new.kept]
        return replace(clip, tracks=tracks, notes=[*self._notes(clip), *told])

    def _notes(self, clip: Clip) -> list[str]:
        """The clip's own, with what becomes of interlaced pictures, or of those that are not."""
        if self.deinterlace == "off":
            return [STAYS if note == DEINTERLACED else note for note in clip.notes]
        untold = self.deinterlace == "on" and clip.video.interlaced == "no"
        return [*clip.notes, ALL] if untold else clip.notes

    def _track(self, track: Track) -> Track:
        if not track.kept or not {track.kind, str(track.index)} & {*self.without}:
            return track
        note = f"The {track.kind} track {track.index} ({track.codec}) is left out, as was asked for."
        return replace(track, kept=False, note=note)
