"""Ready answers to the form's questions: what suits many people, and the choices of a job that was made before."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duf.catalog import MODELS
from videos.forms import quality_of
from videos.models import Upscale, Video
from videos.own_presets import OwnPreset
from videos.trimming import times_of

Values = dict[str, Any]  # of the form's fields, by name


@dataclass(frozen=True)
class Preset:
    """A name, what it is good for, and what it fills in. It uses the first of `models` that is here, else the
    default."""

    name: str
    title: str | Promise
    note: str | Promise
    models: tuple[str, ...]
    choices: Values

    @property
    def values(self) -> Values:
        here = (model for model in self.models if model in MODELS)
        return {**self.choices, "model": next(here, settings.DEFAULT_MODEL)}


READY = (
    Preset(
        "fast",
        _("Fast"),
        _("Twice as large, and a smaller file that plays everywhere."),
        (),
        {"scale": 2, "codec": "h264", "quality": "small", "container": "auto"},
    ),
    Preset(
        "best",
        _("Best"),
        _("Four times as large, by the best model here, in a large file that plays everywhere."),
        ("stream-hq", "stream"),
        {"scale": 4, "codec": "h264", "quality": "best", "container": "auto"},
    ),
    Preset(
        "old",
        _("Old and compressed"),
        _("For blurred or blocky recordings: only twice as large, so that their faults do not grow with them."),
        ("stream-compressed", "stream"),
        {"scale": 2, "codec": "h264", "quality": "normal", "container": "auto"},
    ),
    Preset(
        "animation",
        _("Animation"),
        _("Flat colours and clean lines: four times as large, in H.265, which keeps them smooth in a smaller file."),
        (),
        {"scale": 4, "codec": "h265", "quality": "best", "container": "auto"},
    ),
    Preset(
        "archive",
        _("Archive"),
        _("To keep: the best quality in H.265 and Matroska, which holds every kind of track."),
        ("stream-hq", "stream"),
        {"scale": 4, "codec": "h265", "quality": "best", "container": "matroska"},
    ),
)


def presets_of(owner: int) -> list[Preset]:
    """Those for everybody, and then the person's own; `owner`: whose, by the key."""
    return [*READY, *map(_own, OwnPreset.objects.filter(owner=owner))]


def _own(kept: OwnPreset) -> Preset:
    return Preset(f"own-{kept.pk}", kept.name, "", (kept.values["model"],), kept.values)


def preset(name: str, owner: int) -> Preset | None:
    """The one of that name, or of that title if it is the person's own."""
    return next((entry for entry in presets_of(owner) if name in (entry.name, str(entry.title))), None)


def asked_for(video: Video, query: Mapping[str, str]) -> Values:
    """What an address fills in: `preset=NAME`, or `again=ID` of a job of this video; else nothing."""
    name = query.get("preset", "")
    if name and (chosen := preset(name, video.owner_id)):
        return chosen.values
    pk = _uuid(query.get("again", ""))
    job = video.upscales.filter(pk=pk, sample=False).first() if pk else None
    return of_job(job) if job else {}


def of_job(job: Upscale) -> Values:
    """The form as it was filled in for a job."""
    chosen, (start, end) = job.settings, times_of(job)
    return {
        "scale": chosen.get("fit") or job.scale,
        "model": job.model,
        "codec": chosen.get("codec", "h264"),
        "quality": quality_of(chosen),
        "container": chosen.get("container", "auto"),
        "start": start,
        "end": end,
        "without": chosen.get("without", []),
        "deinterlace": chosen.get("deinterlace", "auto"),
    }


def _uuid(text: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(text)
    return None
