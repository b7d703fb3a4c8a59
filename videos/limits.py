"""How often one may begin something, or guess: counted by the hour, in the cache that all processes share."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import User

HOUR = 3600  # seconds
LINKS = 30  # that open nothing, tried from one address within an hour
PASSWORDS = {"from one address": 10, "from everywhere": 100}  # tried at one link within an hour
CODES = 20  # of the beginning, tried from one address within an hour


class TooMany(Exception):
    """A wish that comes too soon; `str(too_many)` is the sentence the user reads."""

    def __init__(self, sentence: str, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds


def count_upload(user: User) -> None:
    """Raise `TooMany` if this person has announced too many uploads in this hour."""
    sentence = _("You have begun %(limit)d uploads this hour, which is the limit; go on in %(minutes)d minutes.")
    _count("upload", str(user.pk), settings.UPLOADS_PER_HOUR, sentence)


def count_job(user: User) -> None:
    """Raise `TooMany` if this person has started too many conversions in this hour."""
    sentence = _("You have started %(limit)d conversions this hour, which is the limit; go on in %(minutes)d minutes.")
    _count("job", str(user.pk), settings.JOBS_PER_HOUR, sentence)


def check_links(address: str) -> None:
    """Raise `TooMany` if too many links that open nothing were tried from there in this hour."""
    key, seconds = _this_hour("link", address)
    if cache.get(key, 0) >= LINKS:
        raise TooMany(
            _("Too many links were tried from here that open nothing; try again in %(minutes)d minutes.")
            % {"minutes": _minutes(seconds)},
            seconds,
        )


def count_link(address: str) -> None:
    """One that opens nothing was tried from there."""
    one_more(_this_hour("link", address)[0], HOUR)


def count_password(link: str, address: str) -> None:
    """Raise `TooMany` if too many passwords were tried at this link in this hour."""
    sentence = _("Too many passwords were tried at this link; try again in %(minutes)d minutes.")
    _count("password", f"{link}:{address}", PASSWORDS["from one address"], sentence)
    _count("password", link, PASSWORDS["from everywhere"], sentence)


def count_code(address: str) -> None:
    """Raise `TooMany` if the code of the beginning was tried too often from there in this hour."""
    sentence = _("The code was tried too often from here; try again in %(minutes)d minutes.")
    _count("code", address, CODES, sentence)


def _count(what: str, who: str, limit: int, sentence: str) -> None:
    if not limit:
        return
    key, seconds = _this_hour(what, who)
    if one_more(key, HOUR) > limit:
        raise TooMany(sentence % {"limit": limit, "minutes": _minutes(seconds)}, seconds)


def _this_hour(what: str, who: str) -> tuple[str, int]:
    """What is counted under, and the seconds until the count begins anew."""
    hour, passed = divmod(int(time.time()), HOUR)
    return f"begun:{what}:{who}:{hour}", HOUR - passed


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)


def one_more(key: str, seconds: int) -> int:
    """How many have been counted under this key, with this one; forgotten `seconds` after the last."""
    cache.add(key, 0, seconds)
    try:
        counted = cache.incr(key)
    except ValueError:  # a full cache has thrown it out this moment
        return 1
    cache.touch(key, seconds)  # counting up gives some caches' entries another time to live
    return counted


class TellsTooMany:
    """Answers `TooMany` with its sentence, and with when to come back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return told(request, exception) if isinstance(exception, TooMany) else None


def told(request: HttpRequest, too_many: TooMany) -> HttpResponse:
    """The page that says how long to wait."""
    answer = render(request, "429.html", {"reason": str(too_many)}, status=429)
    answer["Retry-After"] = str(too_many.seconds)
    return answer


def told_in_short(too_many: TooMany) -> HttpResponse:
    """The same for a program, which shows the sentence itself."""
    headers = {"Retry-After": str(too_many.seconds)}
    return HttpResponse(str(too_many), status=429, content_type="text/plain; charset=utf-8", headers=headers)


def too_many_attempts(request: HttpRequest) -> HttpResponse:
    """The same for signing in, signing up and resetting, whose limits allauth counts by the minute."""
    return told(request, TooMany(_("That was tried too often from here; wait a minute, then try again."), 60))
