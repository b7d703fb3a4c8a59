"""Links to results, as their owner makes and revokes them."""

import uuid
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.models import User
from videos import players, shares
from videos.access import share_for, upscale_for
from videos.forms import ShareForm
from videos.models import Upscale
from videos.quotas import Refused


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def share(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The links to one result, and a form for a new one, which is shown in the answer and never again."""
    upscale = upscale_for(request.user, pk)
    if upscale.sample or not upscale.result:
        raise Http404("There is nothing to share.")
    comparable = players.can_compare(upscale)
    form, shown = ShareForm(comparable, request.POST or None), ""
    if form.is_valid():
        try:
            shown = _make(request, upscale, form)
            form = ShareForm(comparable)
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {"upscale": upscale, "shares": upscale.shares.all(), "form": form, "shown": shown}
    return render(request, "videos/share.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def links(request: HttpRequest) -> HttpResponse:
    """All links to results of mine."""
    return render(request, "videos/links.html", {"shares": shares.of_owner(cast(User, request.user))})


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """From now on this link opens nothing."""
    share = share_for(request.user, pk)
    upscale = share.upscale
    share.delete()
    audit.record(request, audit.What.LINK_REVOKED, str(upscale))
    messages.success(request, _("The link was revoked; whoever opens it sees nothing any more."))
    return redirect("videos:share", upscale.pk) if "result" in request.POST else redirect("videos:links")


def _make(request: HttpRequest, upscale: Upscale, form: ShareForm) -> str:
    _row, token = shares.make(upscale, **form.wanted)
    audit.record(request, audit.What.LINK_MADE, str(upscale))
    return shares.address(token)
