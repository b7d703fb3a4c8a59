"""What is done to all videos that the dashboard lists, on whichever of its pages they stand."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from videos import tags
from videos.listing import Listing


@login_required
@require_POST
def tag(request: HttpRequest) -> HttpResponse:
    """Put tags on all of them, beside those they have."""
    listing = _listing(request)
    try:
        names = tags.read(request.POST.get("tags", ""))
    except tags.Refused as refused:
        messages.error(request, str(refused))
        return _back(listing)
    tags.add(listing.owner, listing.videos, names)
    if not names:
        messages.info(request, _("No tag was written; write one first."))
    return _back(listing)


def _listing(request: HttpRequest) -> Listing:
    return Listing(request.GET, cast(User, request.user))


def _back(listing: Listing) -> HttpResponse:
    """To the same list."""
    return redirect(reverse("videos:dashboard") + (f"?{listing.query}" if listing.query else ""))
