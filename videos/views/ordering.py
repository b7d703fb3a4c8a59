"""The queue as its owner orders it."""

import uuid
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import User
from videos import ordering
from videos.access import upscale_for, upscales_of
from videos.cards import queue_card
from videos.models import Upscale
from videos.views.going import back


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """My work in its order."""
    return render(request, "videos/queue.html", {"queue": queue_card(cast(User, request.user))})


@require_safe
def turns(request: HttpRequest) -> HttpResponse:
    """The list on that page; it asks again while there is work."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    return render(request, "videos/turns.html", {"queue": queue_card(request.user)})


@login_required
@require_POST
def move(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put a job before the one named, before all, or behind all."""
    upscale = upscale_for(request.user, pk)
    sentence = "" if _moved(request, upscale) else _("The queue has moved on meanwhile: look again, then move it anew.")
    if request.headers.get("HX-Request"):
        card = queue_card(upscale.video.owner, upscale)
        return render(request, "videos/turns.html", {"queue": card, "problem": sentence})
    if sentence:
        messages.info(request, sentence)
    return back(request, upscale.video)


def _moved(request: HttpRequest, upscale: Upscale) -> bool:
    wanted = request.POST.get("before", "first")
    if wanted == "first":
        return ordering.move_first(upscale)
    if not wanted:
        return ordering.move(upscale, None)
    try:
        before = upscales_of(request.user).filter(pk=uuid.UUID(wanted)).first()
    except ValueError:
        return False
    return before is not None and ordering.move(upscale, before)
