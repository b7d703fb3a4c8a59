"""A person's own presets: naming the choices of a form, looking at what there is, deleting."""

import uuid
from typing import cast

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from videos import own_presets
from videos.access import video_for
from videos.cards import form_for, video_card
from videos.forms import in_words
from videos.own_presets import OwnPreset
from videos.quotas import Refused


@login_required
@require_POST
def save(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The choices of a video's form: asks for a name first, then keeps them under it."""
    video = video_for(request.user, pk)
    form = form_for(video, request.POST)
    if not form.is_valid():
        return render(request, "videos/video.html", {"card": video_card(video, form)}, status=422)
    values, problem = form.for_any_video, ""
    if "name" in request.POST:
        try:
            made = own_presets.save(video.owner, request.POST["name"], values)
            return redirect(f"{reverse('videos:video', args=[video.pk])}?preset=own-{made.pk}#convert")
        except Refused as refused:
            problem = str(refused)
    context = {"video": video, "values": values, "problem": problem, "longest": own_presets.LONGEST}
    return render(request, "videos/save_preset.html", context, status=422 if problem else 200)


@login_required
@require_safe
def presets(request: HttpRequest) -> HttpResponse:
    """My presets."""
    return render(
        request, "videos/presets_of_mine.html", {"presets": [(own, in_words(own.values)) for own in _own(request)]}
    )


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one of them; jobs made with it stay."""
    get_object_or_404(_own(request), pk=pk).delete()
    return redirect("videos:presets")


def _own(request: HttpRequest) -> QuerySet[OwnPreset]:
    return OwnPreset.objects.filter(owner=cast(User, request.user))
