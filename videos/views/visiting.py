"""What somebody sees who was sent a link: one result, in no search engine, and nothing once the link is over.

A wrong link, an old one and a revoked one get the same page, so that nobody learns which of them it was.
"""

import functools
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from videos import limits, players, serving, words
from videos.names import result_name
from videos.players import Figure, Player
from videos.shares import Share, address, find
from videos.views.files import TYPES

ROBOTS = "noindex, nofollow, noarchive"
OPENED = "opened_links"  # in the session: those whose password was right

View = Callable[[HttpRequest, Share, str], HttpResponseBase]


def by_link(view: View) -> Callable[..., HttpResponseBase]:
    """What all addresses below a link have in common: whom they let in, and that nobody lists them."""

    @functools.wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            response = _answer(view, request, token)
        except Http404:
            response = _over(request)
        except limits.TooMany as too_many:
            response = limits.told(request, too_many)
        response["X-Robots-Tag"] = ROBOTS
        return response

    return answer


def _answer(view: View, request: HttpRequest, token: str) -> HttpResponseBase:
    visitor = request.META["REMOTE_ADDR"]
    limits.check_links(visitor)
    share = find(token)
    if share is None:
        limits.count_link(visitor)
        return _over(request)
    if _is_open(request, share):
        return view(request, share, token)
    return _ask_password(request, share, token)


def _is_open(request: HttpRequest, share: Share) -> bool:
    mine = request.user.pk == share.upscale.video.owner_id
    return not share.password or mine or share.pk in request.session.get(OPENED, [])


def _ask_password(request: HttpRequest, share: Share, token: str) -> HttpResponse:
    password, error = request.POST.get("password", ""), ""
    if password:
        limits.count_password(str(share.pk), request.META["REMOTE_ADDR"])
        if share.opens_with(password):
            request.session[OPENED] = [*request.session.get(OPENED, []), share.pk]
            return redirect("videos:shared", token)
        error = _("This is not the password of this link; try again, or ask whoever sent it.")
    return render(request, "videos/shared_password.html", {"token": token, "error": error}, status=403)


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "videos/shared_over.html", status=404)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@by_link
def page(request: HttpRequest, share: Share, token: str) -> HttpResponseBase:
    """The result, beside its original if its owner wants that and the browser can."""
    if request.method == "GET" and request.user.pk != share.upscale.video.owner_id:
        share.count_view()
    context = {
        "share": share,
        "token": token,
        "player": _player(share, token),
        "picture": words.result_picture(share.upscale),
        "unheard": words.unheard(share.upscale.receipt),
        "address": address(token),
        "poster": address(token) + "poster/",
    }
    return render(request, "videos/shared.html", context)


@require_safe
@by_link
def poster(request: HttpRequest, share: Share, token: str) -> HttpResponseBase:
    """A picture of it."""
    return serving.send(request, share.upscale.video.poster, "image/jpeg")


@require_safe
@by_link
def play(request: HttpRequest, share: Share, token: str) -> HttpResponseBase:
    """The result, for the player."""
    return _result(request, share, download=False)


@require_safe
@by_link
def original(request: HttpRequest, share: Share, token: str) -> HttpResponseBase:
    """The original, for the player."""
    if not (share.original and players.can_compare(share.upscale)):
        raise Http404("The original is not shared.")
    return serving.send(request, share.upscale.video.source, "video/mp4")


@require_safe
@by_link
def download(request: HttpRequest, share: Share, token: str) -> HttpResponseBase:
    """The result, to keep."""
    if not share.download:
        raise Http404("It is shared to be watched.")
    return _result(request, share, download=True)


def _result(request: HttpRequest, share: Share, download: bool) -> HttpResponseBase:
    upscale = share.upscale
    kind = TYPES.get(upscale.container, "application/octet-stream")
    return serving.send(request, upscale.result, kind, result_name(upscale), download)


def _player(share: Share, token: str) -> Player | None:
    upscale = share.upscale
    if not (share.original and players.can_compare(upscale)):
        return None
    before = Figure(_("Before"), reverse("videos:shared_original", args=[token]), 1.0, False)
    after = Figure(
        _("After"), reverse("videos:shared_play", args=[token]), players.scale_of(upscale), True, upscale.heard
    )
    return players.compared(upscale, before, after)
