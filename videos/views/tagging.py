"""The tags of one video."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from videos import tags
from videos.access import video_for
from videos.views.going import back


@login_required
@require_POST
def tag(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a video have the tags in the line, and no others."""
    video = video_for(request.user, pk)
    try:
        tags.put(video, tags.read(request.POST.get("tags", "")))
    except tags.Refused as refused:
        messages.error(request, str(refused))
    return back(request, video)
