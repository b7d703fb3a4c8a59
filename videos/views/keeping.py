"""What stays and what goes."""

import uuid
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.models import User
from videos import jobs, retention
from videos.access import upscale_for, video_for
from videos.cards import job_card, video_card
from videos.models import Upscale, Video
from videos.views.going import back


@login_required
@require_POST
def keep_original(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The owner wants the original for ever."""
    video = video_for(request.user, pk)
    if video.change(Q(original_removed=None), kept=True, original_expires=None):
        messages.success(request, _("The original stays until you delete it."))
    return back(request, video)


@login_required
@require_POST
def keep_result(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The owner wants the result for ever."""
    upscale = upscale_for(request.user, pk)
    if upscale.change(Q(), kept=True, expires=None):
        messages.success(request, _("The result stays until you delete it."))
    return back(request, upscale.video)


@login_required
@require_POST
def keep_all(request: HttpRequest) -> HttpResponse:
    """The owner wants whatever goes soon for ever."""
    retention.keep_all(cast(User, request.user))
    messages.success(request, _("All of it stays until you delete it."))
    return redirect("videos:dashboard")


@login_required
@require_http_methods(["GET", "POST"])
def delete_video(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a video with everything made from it, after a page that says what is lost."""
    video = video_for(request.user, pk)
    if request.method == "POST":
        jobs.remove_video(video)
        audit.record(request, audit.What.VIDEO_DELETED, video.name)
        messages.success(request, _("{name} was deleted.").format(name=video.name))
        return redirect("videos:dashboard")
    verified = video.upscales.filter(state=Upscale.State.DONE, sample=False).exists()
    whole = video.state != Video.State.UPLOADING
    context = {"card": video_card(video), "unrepeatable": whole and not verified}
    return render(request, "videos/delete_video.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def delete_upscale(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete one conversion; the original stays."""
    upscale = upscale_for(request.user, pk)
    if request.method == "POST":
        jobs.remove_upscale(upscale)
        audit.record(request, audit.What.RESULT_DELETED, str(upscale))
        messages.success(request, _("The conversion was deleted; the original is still here."))
        return redirect("videos:video", upscale.video_id)
    return render(request, "videos/delete_upscale.html", {"job": job_card(upscale)})
