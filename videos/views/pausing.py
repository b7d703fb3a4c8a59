"""Pausing one conversion, and letting it go on."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from videos import pausing
from videos.access import upscale_for
from videos.views.going import back


@login_required
@require_POST
def pause(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let it wait."""
    upscale = upscale_for(request.user, pk)
    if not pausing.pause(upscale):
        messages.info(request, pausing.not_pausable(upscale))
    return back(request, upscale.video)


@login_required
@require_POST
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let it go on where it was."""
    upscale = upscale_for(request.user, pk)
    if not pausing.resume(upscale):
        messages.info(request, pausing.not_paused(upscale))
    return back(request, upscale.video)
