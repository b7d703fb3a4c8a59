"""The pages and the parts of them that are polled."""

import uuid
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import User
from videos import drawn, versions
from videos.access import upscale_for, video_for
from videos.cards import form_for, job_card, video_card, video_cards
from videos.listing import Listing
from videos.many import many_card
from videos.presets import asked_for
from videos.standing import standing

PER_PAGE = 20


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """My videos, or those that are asked for, and where to drop another one."""
    listing = Listing(request.GET, cast(User, request.user))
    many, pages = many_card(listing), Paginator(listing.videos, PER_PAGE)
    pages.count = many.videos
    page = pages.get_page(request.GET.get("page"))
    cards = video_cards(page.object_list, tagged=bool(listing.tags))
    context = {"page": page, "cards": cards, "listing": listing, "many": many}
    context |= {"some": listing.narrowed or bool(cards), "choice": drawn.choice("drop")}
    context |= standing(listing.owner)
    return render(request, "videos/dashboard.html", context)


@login_required
@require_safe
def video(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One video: what it is, its results with a player and the receipt."""
    shown = video_for(request.user, pk)
    form = form_for(shown, values=asked_for(shown, request.GET))
    return render(request, "videos/video.html", {"card": video_card(shown, form)})


@require_safe
def card(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The dashboard's card of one video; it asks again only while the video is checked."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    return render(request, "videos/card.html", {"card": video_card(video_for(request.user, pk))})


@require_safe
@cache_control(private=True, no_cache=True)
@etag(versions.of_job)
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One conversion on either page; it asks again only while there is work on it."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    context = {"job": job_card(upscale_for(request.user, pk)), "detail": "detail" in request.GET}
    return render(request, "videos/job.html", context)
