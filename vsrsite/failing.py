"""What is told when a view fails: a server behind the site is away (503 and a sentence), or the fault is ours (500).

It asks for nothing that may be away: no row, no session.
"""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from redis.exceptions import RedisError

AGAIN_SECONDS = 30

AWAY: dict[tuple[type[Exception], ...], str] = {
    (OperationalError, InterfaceError): _(
        "The site's database does not answer. Your videos are safe, and what is under way goes on by itself: "
        "try again in a minute, and tell the administrator if it stays so."
    ),
    (RedisError,): _(
        "The site's cache does not answer. Your videos are safe, and pages that need none go on: "
        "try again in a minute, and tell the administrator if it stays so."
    ),
}


def answer(request: HttpRequest) -> HttpResponse:
    """In the place of whatever the exception that is being handled kept from being answered."""
    error = sys.exc_info()[1]
    page = loader.get_template("500.html")
    for kinds, sentence in AWAY.items():
        if isinstance(error, kinds):
            headers = {"Retry-After": str(AGAIN_SECONDS)}
            return HttpResponse(page.render({"reason": gettext(sentence)}), status=503, headers=headers)
    return HttpResponse(page.render(), status=500)
