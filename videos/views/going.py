"""Where a page sends people when it has done what they asked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from videos.models import Video


def back(request: HttpRequest, video: Video) -> HttpResponse:
    """To the page the button was on."""
    if "queue" in request.POST:
        return redirect("videos:queue")
    if "compare" in request.POST:
        return redirect("videos:compare", video.pk)
    return redirect("videos:dashboard") if "dashboard" in request.POST else redirect("videos:video", video.pk)
