"""Who asks, when a reverse proxy stands between: told by its headers, which anybody could send who reaches us directly.

TRUSTED_PROXIES says how many proxies of ours every request comes through. With none the headers mean nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class TrustedProxies:
    """Puts the client's address into REMOTE_ADDR, where all that counts or writes down addresses looks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.TRUSTED_PROXIES:
            told, peer = (request.META.get(name, "") for name in ("HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"))
            request.META["REMOTE_ADDR"] = client_address(told, peer)
        return self.get_response(request)


def client_address(forwarded_for: str, peer: str) -> str:
    """Each proxy appends the address it saw; what stands further left than our outermost proxy wrote is hearsay."""
    told = [address.strip() for address in forwarded_for.split(",") if address.strip()]
    return _address(told[-min(settings.TRUSTED_PROXIES, len(told))]) or peer if told else peer


def _address(told: str) -> str:
    """Without the port that some proxies write behind it; empty if it is no address at all."""
    for text in (told, told.rpartition(":")[0]):
        with suppress(ValueError):
            return str(ip_address(text.strip("[]")))
    return ""
