"""The upload form of browsers without JavaScript."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from accounts.models import User
from videos import uploads, wishes
from videos.access import videos_of
from videos.forms import ConvertForm, UploadForm
from videos.quotas import Refused, check_upload


@csrf_exempt  # only until the length is known to be allowed: checking the token reads the whole body
@login_required
@require_POST
def plain_upload(request: HttpRequest) -> HttpResponseBase:
    """The upload form of browsers without JavaScript."""
    user = cast(User, request.user)
    try:
        check_upload(user, int(request.META.get("CONTENT_LENGTH") or 0))
    except Refused as refused:
        return render(request, "413.html", {"reason": refused}, status=413)
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    return _take_upload(request)


@csrf_protect
def _take_upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("No file came along; choose one first."))
        return redirect("videos:dashboard")
    try:
        video = uploads.take(cast(User, request.user), form.cleaned_data["file"])
    except uploads.Problem as problem:
        return render(request, "413.html", {"reason": problem}, status=problem.status)
    if "at_once" in request.POST:
        choice = ConvertForm(request.POST)
        if choice.is_valid():
            wishes.make(videos_of(request.user).filter(pk=video.pk), choice)
        else:
            messages.error(request, wishes.first_error(choice))
    return redirect("videos:video", video.pk)
