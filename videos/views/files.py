"""The files themselves."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts import audit
from videos import previews, serving
from videos.access import upscale_for, video_for
from videos.models import Upscale, Video
from videos.names import result_name
from videos.storage import store

TYPES = {"mp4": "video/mp4", "mkv": "video/x-matroska", "webm": "video/webm"}


@login_required
@require_safe
def original(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The upload, byte for byte."""
    video = video_for(request.user, pk)
    whole = video.state != Video.State.UPLOADING
    audit.record_download(request, video.name)
    return serving.send(request, video.source if whole else None, "application/octet-stream", video.name, True)


@login_required
@require_safe
def poster(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The first good picture."""
    return serving.send(request, video_for(request.user, pk).poster, "image/jpeg")


@login_required
@require_safe
def filmstrip(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Small frames of all of it, side by side."""
    return serving.send(request, video_for(request.user, pk).filmstrip, "image/jpeg")


@login_required
@require_safe
def stretch(request: HttpRequest, pk: uuid.UUID, start: int, stop: int) -> HttpResponseBase:
    """The original's frames of a sample, as every browser plays them."""
    return serving.send(request, video_for(request.user, pk).stretch(start, stop), "video/mp4")


@login_required
@require_safe
def play(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The result, for the player."""
    upscale = upscale_for(request.user, pk)
    if store().look(upscale.rendition):
        return serving.send(request, upscale.rendition, "video/mp4")
    return serving.send(request, upscale.result, _type(upscale), result_name(upscale))


@require_safe
def finished(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What there is to see of a job that goes on, for the script that shows it."""
    return JsonResponse(previews.finished(upscale_for(request.user, pk)))


@login_required
@require_safe
def segment(request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponseBase:
    """A finished segment of a job that goes on."""
    upscale = upscale_for(request.user, pk)
    found = get_object_or_404(upscale.segments.select_related("upscale__video__owner"), number=number)
    return serving.send(request, previews.playable(found), "video/mp4")


@login_required
@require_safe
def still(request: HttpRequest, pk: uuid.UUID, which: str) -> HttpResponseBase:
    """The last finished frame, before or after."""
    before, after = upscale_for(request.user, pk).stills
    return serving.send(request, before if which == "before" else after, "image/jpeg")


@login_required
@require_safe
def download(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The result, to keep."""
    upscale = upscale_for(request.user, pk)
    audit.record_download(request, str(upscale))
    return serving.send(request, upscale.result, _type(upscale), result_name(upscale), download=True)


def _type(upscale: Upscale) -> str:
    return TYPES.get(upscale.container, "application/octet-stream")
