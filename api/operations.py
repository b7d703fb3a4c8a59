"""The operations. Each fetches through `videos.access`, validates, calls the function the page calls, and answers."""

import uuid
from functools import partial
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import HeaderEx, P, Query, Router, Status

from accounts import audit
from accounts.models import User
from api import idempotency, webhooks
from api.auth import Bearer
from api.models import Scope, Token
from api.paging import Paging, page_of
from api.problems import Problem, invalid
from api.schemas import (
    AccountOut,
    LimitsOut,
    ModelOut,
    UpscaleIn,
    UpscaleOut,
    UpscalesOut,
    UpscaleState,
    UsageOut,
    VideoOut,
    VideosOut,
    VideoState,
    model_out,
    token_out,
    upscale_out,
    upscales_out,
    video_out,
)
from duf.catalog import MODELS
from videos import jobs, limits, pausing
from videos.access import upscale_for, upscales_of, video_for, videos_of
from videos.forms import ConvertForm
from videos.models import Upscale, Video
from videos.presets import READY, preset
from videos.quotas import quota_of, usage_of
from videos.views import files

READ, CONVERT, DELETE = Bearer(Scope.READ), Bearer(Scope.CONVERT), Bearer(Scope.DELETE)

FILE: dict[str, Any] = {"content": {"*/*": {}}}
RANGES = {
    "responses": {
        200: {"description": "The file.", **FILE},
        206: {"description": "The range of it that was asked for.", **FILE},
        304: {"description": "It is the one you have."},
    }
}

KEY = P(alias="Idempotency-Key", max_length=255, description="Send one, and the request may be repeated safely.")

videos = Router(tags=["Videos"])
upscales = Router(tags=["Conversions"])
about = Router(tags=["Site and account"])


@videos.get("", response=VideosOut, auth=READ, summary="List videos")
def list_videos(request: HttpRequest, paging: Query[Paging], state: VideoState | None = None) -> VideosOut:
    """Your videos, the newest first."""
    rows = videos_of(request.user)
    page, after = page_of(rows.filter(state=state) if state else rows, paging)
    return VideosOut(items=[video_out(video) for video in page], next=after)


@videos.get("/{uuid:id}", response=VideoOut, auth=READ, summary="Look at a video")
def video(request: HttpRequest, id: uuid.UUID) -> VideoOut:
    """One video. After its upload it is checked; conversions of it can be started once it is ready."""
    return video_out(video_for(request.user, id))


@videos.delete("/{uuid:id}", response={204: None}, auth=DELETE, summary="Delete a video")
def delete_video(request: HttpRequest, id: uuid.UUID) -> Status[None]:
    """The video and everything made from it, for good."""
    video = video_for(request.user, id)
    jobs.remove_video(video)
    audit.record(request, audit.What.VIDEO_DELETED, video.name)
    return Status(204, None)


@videos.get("/{uuid:id}/original", auth=READ, summary="Download an original", openapi_extra=RANGES)
@videos.api_operation(["HEAD"], "/{uuid:id}/original", auth=READ, include_in_schema=False)
def original(request: HttpRequest, id: uuid.UUID) -> HttpResponseBase:
    """The upload, byte for byte, or a range of it."""
    return files.original(request, id)


@upscales.get("", response=UpscalesOut, auth=READ, summary="List conversions")
def list_upscales(
    request: HttpRequest, paging: Query[Paging], state: UpscaleState | None = None, video: uuid.UUID | None = None
) -> UpscalesOut:
    """Your conversions, the newest first: all, those of one video, or those in one state."""
    rows = upscales_of(request.user).filter(sample=False)
    rows = rows.filter(state=state) if state else rows
    page, after = page_of(rows.filter(video=video) if video else rows, paging)
    return UpscalesOut(items=upscales_out(page), next=after)


@upscales.post("", response={201: UpscaleOut}, auth=CONVERT, summary="Start a conversion")
def create(
    request: HttpRequest,
    wanted: UpscaleIn,
    key: HeaderEx[str | None, KEY] = None,
) -> Status[UpscaleOut]:
    """A larger copy of a video that is ready.

    A request that is repeated with the same Idempotency-Key answers the conversion that the first one started.
    """
    owner = cast(User, request.user)
    video = video_for(owner, wanted.video)
    form = _valid(wanted, video)
    made = idempotency.once(owner, key, wanted.model_dump_json(), partial(_convert, owner, video, form, wanted.webhook))
    return Status(201, upscale_out(made))


@upscales.get("/{uuid:id}", response=UpscaleOut, auth=READ, summary="Look at a conversion")
def upscale(request: HttpRequest, id: uuid.UUID) -> UpscaleOut:
    """One conversion, and how far it is."""
    return upscale_out(upscale_for(request.user, id))


@upscales.post("/{uuid:id}/cancel", response=UpscaleOut, auth=CONVERT, summary="Cancel a conversion")
def cancel(request: HttpRequest, id: uuid.UUID) -> UpscaleOut:
    """Stop it and forget what it has done so far."""
    upscale = upscale_for(request.user, id)
    if not jobs.cancel(upscale):
        raise Problem(409, _("There was nothing to cancel, it had already ended; delete it if you do not want it."))
    return upscale_out(upscale)


@upscales.post("/{uuid:id}/pause", response=UpscaleOut, auth=CONVERT, summary="Pause a conversion")
def pause(request: HttpRequest, id: uuid.UUID) -> UpscaleOut:
    """Let it wait; what it has done so far is kept."""
    upscale = upscale_for(request.user, id)
    if not pausing.pause(upscale):
        raise Problem(409, pausing.not_pausable(upscale))
    return upscale_out(upscale)


@upscales.post("/{uuid:id}/resume", response=UpscaleOut, auth=CONVERT, summary="Resume a conversion")
def resume(request: HttpRequest, id: uuid.UUID) -> UpscaleOut:
    """Let a paused one go on where it was."""
    upscale = upscale_for(request.user, id)
    if not pausing.resume(upscale):
        raise Problem(409, pausing.not_paused(upscale))
    return upscale_out(upscale)


@upscales.post("/{uuid:id}/retry", response=UpscaleOut, auth=CONVERT, summary="Retry a conversion")
def retry(request: HttpRequest, id: uuid.UUID) -> UpscaleOut:
    """Do a failed or cancelled one again; what was done before it failed is kept."""
    upscale = upscale_for(request.user, id)
    limits.count_job(upscale.video.owner)
    if not jobs.retry(upscale):
        raise Problem(409, jobs.not_retriable(upscale))
    return upscale_out(upscale)


@upscales.delete("/{uuid:id}", response={204: None}, auth=DELETE, summary="Delete a conversion")
def delete_upscale(request: HttpRequest, id: uuid.UUID) -> Status[None]:
    """The conversion with its result, whatever it is doing. The original stays."""
    upscale = upscale_for(request.user, id)
    jobs.remove_upscale(upscale)
    audit.record(request, audit.What.RESULT_DELETED, str(upscale))
    return Status(204, None)


@upscales.get("/{uuid:id}/download", auth=READ, summary="Download a result", openapi_extra=RANGES, url_name="download")
@upscales.api_operation(["HEAD"], "/{uuid:id}/download", auth=READ, include_in_schema=False)
def download(request: HttpRequest, id: uuid.UUID) -> HttpResponseBase:
    """The finished file, or a range of it."""
    return files.download(request, id)


@about.get("/models", response=list[ModelOut], auth=READ, summary="List models")
def models(request: HttpRequest) -> list[ModelOut]:
    """The models that can be chosen, and what each costs."""
    return [model_out(model) for model in MODELS.values()]


@about.get("/account", response=AccountOut, auth=READ, summary="Look at the account")
def account(request: HttpRequest) -> AccountOut:
    """Whose token this is, what that person may have, and has."""
    owner, token = cast(User, request.user), cast(Token, request.auth)  # type: ignore[attr-defined]
    quota, usage = quota_of(owner), usage_of(owner)
    return AccountOut(
        email=owner.email,
        limits=LimitsOut.from_orm(quota),
        usage=UsageOut.from_orm(usage),
        token=token_out(token),
    )


def _valid(wanted: UpscaleIn, video: Video) -> ConvertForm:
    """The page's form, filled in. Raises `Problem` with what the form says."""
    form = ConvertForm(_filled_in(wanted, video.owner), video=video)
    errors = [{"field": field, "detail": str(said[0])} for field, said in form.errors.items()]
    if errors:
        raise invalid(errors)
    return form


def _filled_in(wanted: UpscaleIn, owner: User) -> dict[str, Any]:
    """What is not said comes from the preset, and then from the defaults."""
    chosen = preset(wanted.preset, owner.pk) if wanted.preset else None
    if wanted.preset and chosen is None:
        names = ", ".join(entry.name for entry in READY)
        sentence = _("There is no preset called {name}; choose {names}, or one of yours by its name.")
        raise Problem(409, sentence.format(name=wanted.preset, names=names))
    data = {**wanted.model_dump(), **(chosen.values if chosen else {}), **wanted.model_dump(exclude_unset=True)}
    return {**data, "scale": wanted.fit or data["scale"]}


def _convert(owner: User, video: Video, form: ConvertForm, webhook: str | None) -> Upscale:
    limits.count_job(owner)
    wish = form.cleaned_data["model"], form.cleaned_data["scale"], form.encoding, form.stretch(video)
    upscale = jobs.convert(video, *wish)
    if webhook is not None:
        webhooks.add(owner, webhook, upscale)
    return upscale
