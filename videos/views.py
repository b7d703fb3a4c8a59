"""The pages. Each fetches through `access`, validates, calls one function, and shows a page or goes to one."""

import uuid
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts import audit
from accounts.models import User
from videos import jobs, limits, previews, samples, serving, uploads
from videos.access import upscale_for, video_for, videos_of
from videos.cards import QuoteCard, job_card, video_card, video_cards
from videos.comparing import SamplesCard, choice_rows, moments, samples_card
from videos.forms import ConvertForm, SampleForm, UploadForm
from videos.models import Upscale, Video
from videos.names import result_name
from videos.quotas import Refused, check_upload
from videos.work import trials

PER_PAGE = 20
TYPES = {"mp4": "video/mp4", "mkv": "video/x-matroska", "webm": "video/webm"}


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """My videos, and where to drop another one."""
    page = Paginator(videos_of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "cards": video_cards(page.object_list), "upload": UploadForm()}
    return render(request, "videos/dashboard.html", context)


@login_required
@require_safe
def video(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One video: what it is, its results with a player and the receipt."""
    return render(request, "videos/video.html", {"card": video_card(video_for(request.user, pk))})


@require_safe
def card(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The dashboard's card of one video; it asks again only while the video is checked."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    return render(request, "videos/card.html", {"card": video_card(video_for(request.user, pk))})


@require_safe
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One conversion on either page; it asks again only while there is work on it."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    context = {"job": job_card(upscale_for(request.user, pk)), "detail": "detail" in request.GET}
    return render(request, "videos/job.html", context)


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
        messages.error(request, "No file came along; choose one first.")
        return redirect("videos:dashboard")
    try:
        video = uploads.take(cast(User, request.user), form.cleaned_data["file"])
    except uploads.Problem as problem:
        return render(request, "413.html", {"reason": problem}, status=problem.status)
    return redirect("videos:video", video.pk)


@require_http_methods(["GET", "POST"])
def quote(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What the choice in the form would take; a changed form is posted, and what is not known yet is measured."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    video = video_for(request.user, pk)
    if not video.convertible:
        raise Http404("There is nothing to quote.")
    form = ConvertForm(request.POST or request.GET, auto_id=f"id_{video.pk}_%s")
    if form.is_valid() and request.method == "POST":
        trials.ask(video, form.cleaned_data["model"], form.cleaned_data["scale"], form.encoding)
    return render(request, "videos/quote.html", {"quote": QuoteCard(video, form)})


@login_required
@require_POST
def convert(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for a larger copy."""
    video = video_for(request.user, pk)
    form = ConvertForm(request.POST, auto_id=f"id_{video.pk}_%s")
    if form.is_valid():
        limits.count_job(video.owner)
        try:
            jobs.convert(video, form.cleaned_data["model"], form.cleaned_data["scale"], form.encoding)
            return _back(request, video)
        except Refused as refused:
            form.add_error(None, str(refused))
    return render(request, "videos/video.html", {"card": video_card(video, form)}, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def compare(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Try a moment of a video by several models, and look at what they make of it beside the original."""
    video = video_for(request.user, pk)
    form = SampleForm(request.POST or None)
    if form.is_valid():
        limits.count_job(video.owner)
        try:
            start, _ = samples.ask(video, form.cleaned_data["frame"], form.cleaned_data["choices"])
            return redirect(f"{reverse('videos:compare', args=[video.pk])}?start={start}#samples")
        except Refused as refused:
            form.add_error(None, str(refused))
    if not video.convertible:
        return redirect("videos:video", video.pk)
    context = {"video": video, "form": form, "moments": moments(video, form), "rows": choice_rows(video, form)}
    status = 422 if form.is_bound else 200
    return render(request, "videos/compare.html", {**context, "samples": _samples(request, video)}, status=status)


@require_safe
def made_samples(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The samples of one moment; it asks again only while there is work on one of them."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    video = video_for(request.user, pk)
    return render(request, "videos/samples.html", {"samples": _samples(request, video)})


def _samples(request: HttpRequest, video: Video) -> SamplesCard | None:
    start = request.GET.get("start", "")
    return samples_card(video, int(start) if start.isdecimal() else None)


@login_required
@require_POST
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop a conversion."""
    upscale = upscale_for(request.user, pk)
    if not jobs.cancel(upscale):
        messages.info(request, "There was nothing to cancel: it had already ended.")
    return _back(request, upscale.video)


@login_required
@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Do a failed or cancelled conversion again."""
    upscale = upscale_for(request.user, pk)
    limits.count_job(upscale.video.owner)
    try:
        if not jobs.retry(upscale):
            messages.info(request, "It is already under way.")
    except Refused as refused:
        messages.error(request, str(refused))
    return _back(request, upscale.video)


@login_required
@require_POST
def keep_original(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The owner wants the original for ever."""
    video = video_for(request.user, pk)
    if video.change(Q(original_removed=None), kept=True, original_expires=None):
        messages.success(request, "The original stays until you delete it.")
    return _back(request, video)


@login_required
@require_POST
def keep_result(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The owner wants the result for ever."""
    upscale = upscale_for(request.user, pk)
    if upscale.change(Q(), kept=True, expires=None):
        messages.success(request, "The result stays until you delete it.")
    return _back(request, upscale.video)


@login_required
@require_http_methods(["GET", "POST"])
def delete_video(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a video with everything made from it, after a page that says what is lost."""
    video = video_for(request.user, pk)
    if request.method == "POST":
        jobs.remove_video(video)
        audit.record(request, audit.What.VIDEO_DELETED, video.name)
        messages.success(request, f"{video.name} was deleted.")
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
        messages.success(request, "The conversion was deleted; the original is still here.")
        return redirect("videos:video", upscale.video_id)
    return render(request, "videos/delete_upscale.html", {"job": job_card(upscale)})


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
    if upscale.rendition.is_file():
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


def _back(request: HttpRequest, video: Video) -> HttpResponse:
    """To the page the button was on."""
    if "compare" in request.POST:
        return redirect("videos:compare", video.pk)
    return redirect("videos:dashboard") if "dashboard" in request.POST else redirect("videos:video", video.pk)
