"""What is done to all videos that the dashboard lists, on whichever of its pages they stand."""

import functools
import uuid
from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts import audit
from accounts.models import User
from videos import jobs, limits, pausing, tags, wishes
from videos.access import video_for
from videos.archive import archive
from videos.cards import video_card
from videos.forms import ConvertForm
from videos.listing import Listing
from videos.many import many_card
from videos.models import Upscale
from videos.quotas import Refused


@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """How many are in which state, and what can be done to all; it asks again while something changes by itself."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    return render(request, "videos/counted.html", {"many": many_card(_listing(request))})


@require_safe
def arrived(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The card of a video that comes into the list, and with it how many there are then."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    context = {"card": video_card(video_for(request.user, pk)), "many": many_card(_listing(request))}
    return render(request, "videos/arrived.html", context)


Act = Callable[[HttpRequest, Listing], None]


def on_all(act: Act) -> Callable[[HttpRequest], HttpResponse]:
    """A button over the list: done to all that is listed, told in a message, and back to the same list."""

    @login_required
    @require_POST
    @functools.wraps(act)
    def answer(request: HttpRequest) -> HttpResponse:
        listing = _listing(request)
        act(request, listing)
        return redirect(reverse("videos:dashboard") + (f"?{listing.query}" if listing.query else ""))

    return answer


@on_all
def tag(request: HttpRequest, listing: Listing) -> None:
    """Put tags on all of them, beside those they have."""
    try:
        names = tags.read(request.POST.get("tags", ""))
    except tags.Refused as refused:
        messages.error(request, str(refused))
        return
    tags.add(listing.owner, listing.videos, names)
    if not names:
        messages.info(request, _("No tag was written; write one first."))


@on_all
def convert(request: HttpRequest, listing: Listing) -> None:
    """Convert in one way all of them that nothing was made of yet, each as soon as it has been checked."""
    form = ConvertForm(request.POST)
    if not form.is_valid():
        messages.error(request, wishes.first_error(form))
        return
    limits.count_job(listing.owner)
    wished = wishes.make(listing.unconverted, form)
    if wished:
        messages.success(request, ngettext("{n} is converted so.", "{n} are converted so.", wished).format(n=wished))
    else:
        messages.info(request, _("All of them are converted, or on their way; look at the list for how far they are."))


@on_all
def pause(request: HttpRequest, listing: Listing) -> None:
    """Pause all conversions of them."""
    if not pausing.pause_all(listing.jobs):
        messages.info(request, _("There is nothing to pause any more: look at the list for what has ended."))


@on_all
def resume(request: HttpRequest, listing: Listing) -> None:
    """Let all paused conversions of them go on."""
    if not pausing.resume_all(listing.jobs):
        messages.info(request, _("None of them is paused any more: look at the list for how far they are."))


@on_all
def retry(request: HttpRequest, listing: Listing) -> None:
    """Do all failed conversions of them again, as many as the limits allow; one that cannot be holds up no other."""
    failed = list(listing.jobs.filter(state=Upscale.State.FAILED).order_by("created"))
    tried, refusals = 0, []
    for upscale in failed:
        try:
            limits.count_job(listing.owner)
            tried += jobs.retry(upscale)
        except Refused as refused:
            refusals.append(str(refused))
        except limits.TooMany as too_many:
            refusals += [str(too_many)] * (len(failed) - tried - len(refusals))
            break
    _tell_retried(request, tried, refusals)


@login_required
@require_safe
def results(request: HttpRequest) -> HttpResponseBase:
    """All results of them in one archive."""
    listing = _listing(request)
    made = archive(listing.jobs.filter(state=Upscale.State.DONE).order_by("created"))
    if made.is_empty():
        raise Http404("There is no result among them.")
    audit.record_download(request, f"{made.num_queued()} results of {listing.owner}")
    response: HttpResponseBase = HttpResponse() if request.method == "HEAD" else StreamingHttpResponse(made)
    response["Content-Length"] = str(len(made))
    response["Content-Type"] = "application/zip"
    response["Content-Disposition"] = content_disposition_header(True, f"{listing.wishes.get('tag', 'results')}.zip")
    response["Cache-Control"] = "private, no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy passes it on as it comes
    return response


def _tell_retried(request: HttpRequest, tried: int, refusals: list[str]) -> None:
    if tried:
        messages.success(request, ngettext("{n} is tried again.", "{n} are tried again.", tried).format(n=tried))
    if refusals:
        left = len(refusals)
        sentence = ngettext("{n} was left as it is: {why}", "{n} were left as they are, the first because: {why}", left)
        messages.error(request, sentence.format(n=left, why=refusals[0]))
    if not tried and not refusals:
        messages.info(request, _("None of them has failed any more: look at the list for how far they are."))


def _listing(request: HttpRequest) -> Listing:
    return Listing(request.GET, cast(User, request.user))
