"""What goes in and out as JSON."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from django.urls import reverse
from ninja import Field, Schema
from pydantic import ConfigDict, WithJsonSchema

from api.models import Token
from duf.catalog import MODELS, Model
from duf.choices import KINDS
from duf.fitting import SIZES
from videos.advice import advice
from videos.forms import CODECS, CONTAINERS, DEINTERLACE, MOMENT, QUALITIES, SCALES, TRACK
from videos.models import Upscale, Video
from videos.names import result_name
from videos.presets import READY
from videos.progress import Progress, progress_of, progress_of_all
from vsrsite.sentences import translated

# Told in place: both are called State, and the description would mix them up.
VideoState = Annotated[Video.State, WithJsonSchema({"type": "string", "enum": Video.State.values})]
UpscaleState = Annotated[Upscale.State, WithJsonSchema({"type": "string", "enum": Upscale.State.values})]


class VideoOut(Schema):
    """A video that was uploaded."""

    id: uuid.UUID
    name: str
    state: VideoState
    reason: str = Field(description="Why it was refused; empty unless it was.")
    size: int = Field(description="Bytes.")
    received: int = Field(description="Bytes that have arrived.")
    sha256: str
    width: int | None
    height: int | None
    seconds: float | None
    frames: int | None
    notes: list[str] = Field(description="What a conversion cannot keep.")
    advice: list[str] = Field(description="What can be seen of it, and what suits it.")
    created: datetime
    page: str = Field(description="Where people look at it.")


class VideosOut(Schema):
    """A page of videos, the newest first."""

    items: list[VideoOut]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


class UpscaleIn(Schema):
    """Which video to convert, and how."""

    model_config = ConfigDict(extra="forbid")

    video: uuid.UUID
    fit: str | None = Field(
        None,
        json_schema_extra={"enum": [*SIZES, None]},
        description="Instead of a scale: enlarge as far as it needs, then shrink to this size exactly.",
    )
    scale: int = Field(4, json_schema_extra={"enum": list(SCALES)}, description="So many times as wide and high.")
    model: str = Field(
        default_factory=lambda: settings.DEFAULT_MODEL,
        json_schema_extra={"enum": list(MODELS)},
        description="The site's default, if left out.",
    )
    codec: str = Field(
        "h264",
        json_schema_extra={"enum": list(CODECS)},
        description="h264fast: by x264's preset superfast instead of veryfast, quick to write but larger.",
    )
    quality: str = Field("normal", json_schema_extra={"enum": list(QUALITIES)})
    start: str = Field(
        "", max_length=20, json_schema_extra={"pattern": MOMENT}, description="Like 90, 1:30, 0:01:30.5."
    )
    end: str = Field("", max_length=20, json_schema_extra={"pattern": MOMENT}, description="The end, if left out.")
    container: str = Field(
        "auto", json_schema_extra={"enum": list(CONTAINERS)}, description="auto: mp4 where it holds everything."
    )
    deinterlace: str = Field(
        "auto",
        json_schema_extra={"enum": list(DEINTERLACE)},
        description="auto: where the picture is interlaced; on: all of it; off: nothing, whatever the file says.",
    )
    without: list[str] = Field(
        default_factory=list,
        max_length=100,
        json_schema_extra={"items": {"type": "string", "pattern": TRACK}},
        description=f"Tracks to leave out: kinds ({', '.join(KINDS)}), or numbers of tracks.",
    )
    preset: str | None = Field(
        None,
        max_length=60,
        description=f"Fills in what else is left out: {', '.join(entry.name for entry in READY)}, or one of yours.",
    )
    webhook: str | None = Field(None, max_length=500, description="An address to tell when this one ends.")


class UpscaleOut(Schema):
    """A conversion of a video."""

    id: uuid.UUID
    video: uuid.UUID
    name: str = Field(description="What the result's file is called.")
    model: str
    scale: int
    settings: dict[str, Any] = Field(description="How the result is written, and what is not in it.")
    state: UpscaleState
    reason: str = Field(description="What went wrong; empty unless something did.")
    paused: str = Field(description="Why waiting work does not start; empty unless it is held up.")
    percent: int
    frames: int
    frames_done: int
    fps: float | None = Field(description="Frames per second now, while it runs.")
    seconds_left: int | None
    position: int | None = Field(description="Place in the queue, while it waits: 1 starts next.")
    notes: list[str] = Field(description="What is not kept.")
    receipt: dict[str, Any] | None = Field(description="What of the source was found again in the result.")
    size: int | None = Field(description="Bytes of the result.")
    sha256: str
    created: datetime
    started: datetime | None
    finished: datetime | None
    page: str = Field(description="Where people look at it.")
    download: str | None = Field(description="Where the result is, once it is done.")


class UpscalesOut(Schema):
    """A page of conversions, the newest first."""

    items: list[UpscaleOut]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


class ModelOut(Schema):
    """A model, and what it costs."""

    name: str
    title: str
    scales: list[int]
    cost: float = Field(description="Seconds that one core works on a million pixels of the source, about.")
    note: str
    default: bool


class LimitsOut(Schema):
    """What the account may have."""

    stored_bytes: int
    videos: int
    upload_bytes: int
    seconds: int
    pixels: int
    frames: int
    month_work: int = Field(description="Megapixel-frames of originals, each calendar month.")
    jobs: int = Field(description="Conversions at once, waiting or in work.")


class UsageOut(Schema):
    """What the account has."""

    stored_bytes: int
    videos: int
    month_work: float
    jobs: int


class TokenOut(Schema):
    """The token that asks."""

    name: str
    scopes: list[str]
    expires: datetime


class AccountOut(Schema):
    """Whose token this is, and what that person may use."""

    email: str
    limits: LimitsOut
    usage: UsageOut
    token: TokenOut


def video_out(video: Video) -> VideoOut:
    facts = video.facts or {}
    picture = facts.get("video", {})
    return VideoOut(
        id=video.pk,
        name=video.name,
        state=Video.State(video.state),
        reason=translated(video.reason) if video.state == Video.State.REFUSED else "",
        size=video.size,
        received=video.offset,
        sha256=video.sha256,
        width=picture.get("width"),
        height=picture.get("height"),
        seconds=facts.get("duration"),
        frames=video.frames,
        notes=[translated(note) for note in facts.get("notes", [])],
        advice=[entry.sentence for entry in advice(video)],
        created=video.created,
        page=_address("videos:video", video.pk),
    )


def upscales_out(upscales: Iterable[Upscale]) -> list[UpscaleOut]:
    """Several conversions; their progress costs two queries."""
    rows = list(upscales)
    progress = progress_of_all(rows)
    return [upscale_out(row, progress[row.pk]) for row in rows]


def upscale_out(upscale: Upscale, progress: Progress | None = None) -> UpscaleOut:
    progress = progress or progress_of(upscale)
    done = upscale.result is not None
    return UpscaleOut(
        id=upscale.pk,
        video=upscale.video_id,
        name=result_name(upscale),
        model=upscale.model,
        scale=upscale.scale,
        settings=upscale.settings,
        state=Upscale.State(upscale.state),
        reason=translated(upscale.reason) if upscale.state == Upscale.State.FAILED else "",
        paused=translated(upscale.paused),
        percent=progress.percent,
        frames=progress.frames,
        frames_done=progress.frames_done,
        fps=progress.fps,
        seconds_left=progress.seconds_left,
        position=progress.position,
        notes=[translated(note) for note in upscale.notes],
        receipt=upscale.receipt,
        size=upscale.size,
        sha256=upscale.sha256,
        created=upscale.created,
        started=upscale.started,
        finished=upscale.finished,
        page=_address("videos:video", upscale.video_id),
        download=_address("api-1:download", upscale.pk) if done else None,
    )


def model_out(model: Model) -> ModelOut:
    return ModelOut(
        name=model.name,
        title=translated(model.title),
        scales=list(model.scales),
        cost=model.cost,
        note=translated(model.note),
        default=model.name == settings.DEFAULT_MODEL,
    )


def token_out(token: Token) -> TokenOut:
    return TokenOut(name=token.name, scopes=token.scopes, expires=token.expires)


def _address(name: str, pk: uuid.UUID) -> str:
    return settings.SITE_URL + reverse(name, args=[pk])
