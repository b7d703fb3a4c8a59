"""What is to become of a video that still arrives: how it is converted once it has been checked, and its tag."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from videos import tags, wishes
from videos.access import video_for, videos_of
from videos.forms import ConvertForm


@login_required
@require_POST
def wish(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """By the script that uploads, for each file of a batch: a tag, and a conversion if it is asked for."""
    video = video_for(request.user, pk)
    if names := tags.read(request.POST.get("tag", "").replace(",", " ")[: tags.LONGEST]):
        tags.add(video.owner, videos_of(request.user).filter(pk=pk), names)
    if "at_once" in request.POST:
        form = ConvertForm(request.POST)
        if not form.is_valid():
            return HttpResponse(wishes.first_error(form), status=422, content_type="text/plain; charset=utf-8")
        wishes.make(videos_of(request.user).filter(pk=pk, upscales=None), form)  # it may be told twice
    return HttpResponse(status=204)
