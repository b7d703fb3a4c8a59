"""Asking for a larger copy: what it would take, samples of it, and changing one's mind."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from videos import jobs, limits, samples
from videos.access import upscale_for, video_for
from videos.cards import QuoteCard, form_for, video_card
from videos.comparing import SamplesCard, choice_rows, moments, samples_card, strip_size
from videos.forms import SampleForm
from videos.models import Video
from videos.presets import asked_for
from videos.quotas import Refused
from videos.views.going import back
from videos.work import trials


@require_http_methods(["GET", "POST"])
def quote(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What the choice in the form would take; a changed form is posted, and what is not known yet is measured."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    video = video_for(request.user, pk)
    if not video.convertible:
        raise Http404("There is nothing to quote.")
    form = form_for(video, request.POST or request.GET)
    if form.is_valid() and request.method == "POST":
        trials.ask(video, form.cleaned_data["model"], form.cleaned_data["scale"], form.encoding)
    return render(request, "videos/quote.html", {"quote": QuoteCard(video, form), "card": video_card(video, form)})


@require_safe
def filled_in(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The form alone, filled in as the address says: by a preset, or as for a job before."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    video = video_for(request.user, pk)
    if not video.convertible:
        raise Http404("There is nothing to convert.")
    form = form_for(video, values=asked_for(video, request.GET))
    context = {"card": video_card(video, form), "dashboard": "dashboard" in request.GET}
    return render(request, "videos/convert.html", context)


@login_required
@require_POST
def convert(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for a larger copy."""
    video = video_for(request.user, pk)
    form = form_for(video, request.POST)
    if form.is_valid():
        limits.count_job(video.owner)
        try:
            wish = form.cleaned_data["model"], form.cleaned_data["scale"], form.encoding, form.stretch(video)
            if jobs.is_going(video, *wish):
                messages.info(request, _("Just this is being made already; change a choice to make another one."))
            else:
                jobs.convert(video, *wish)
            return back(request, video)
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
            at = form.cleaned_data["frame"]
            start, _stop = samples.ask(video, at, form.cleaned_data["choices"])
            return redirect(f"{reverse('videos:compare', args=[video.pk])}?start={start}&at={at}#samples")
        except Refused as refused:
            form.add_error(None, str(refused))
    if not video.convertible:
        return redirect("videos:video", video.pk)
    context = {"video": video, "form": form, "moments": moments(video, form), "rows": choice_rows(video, form)}
    context["strip"] = strip_size(video)
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
    start, at = (int(said) if said.isdecimal() else None for said in map(request.GET.get, ("start", "at"), ("", "")))
    return samples_card(video, start, at)


@login_required
@require_POST
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop a conversion."""
    upscale = upscale_for(request.user, pk)
    if not jobs.cancel(upscale):
        messages.info(request, _("There was nothing to cancel: it had already ended."))
    return back(request, upscale.video)


@login_required
@require_POST
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Do a failed or cancelled conversion again."""
    upscale = upscale_for(request.user, pk)
    limits.count_job(upscale.video.owner)
    try:
        if not jobs.retry(upscale):
            messages.info(request, jobs.not_retriable(upscale))
    except Refused as refused:
        messages.error(request, str(refused))
    return back(request, upscale.video)
