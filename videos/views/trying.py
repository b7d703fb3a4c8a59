"""The short clip that ships, for whoever has no video at hand."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.files import File
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from videos import uploads
from vsrsite.paths import SHORT_CLIP


@login_required
@require_POST
def try_out(request: HttpRequest) -> HttpResponse:
    """Give this person a copy of it, which is then a video like any other."""
    try:
        with SHORT_CLIP.open("rb") as clip:
            uploads.take(cast(User, request.user), File(clip, _("Short clip") + SHORT_CLIP.suffix))
    except uploads.Problem as problem:
        return render(request, "413.html", {"reason": problem}, status=problem.status)
    return redirect("videos:dashboard")
