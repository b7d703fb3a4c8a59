"""Requests to addresses that users name: only to the public internet, without redirects, within a few seconds.

A name may lead to another address each time somebody asks, so the addresses that are checked are the very ones
that are connected to.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

SECONDS = 10  # for the whole request, from the look-up of the name to the answer's headers

PLAIN: dict[bytes | str, bytes | str] = {"Content-Type": "application/json", "User-Agent": "vsr-webhooks"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Networks that carry an IPv4 address of somebody's choice inside an IPv6 one (RFC 6052, RFC 8215).
TRANSLATED = [ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48")]


class Refused(Exception):
    """An address that is not asked; `str(refused)` is the sentence the user reads."""


def check(url: str) -> None:
    """Raise `Refused` if this address is none that a webhook may have."""
    try:
        URLValidator(["http", "https"])(url)
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except (ValidationError, ValueError) as error:
        raise Refused(_("A webhook's address is a whole one like https://example.org/hook; correct it.")) from error
    public_addresses(host, port or 443)


def public_addresses(host: str, port: int) -> list[str]:
    """Where the name leads. Raises `Refused` if any of that is inside a network, or nowhere."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(_("There is no server called %(host)s; check the address.") % {"host": host}) from error
    addresses = [str(where[0]) for *_kind, where in found]
    if not all(is_public(address) for address in addresses):
        sentence = _("%(host)s lies inside a private network, where no webhook is sent; name a public address.")
        raise Refused(sentence % {"host": host})
    return addresses


def is_public(text: str) -> bool:
    """Whether an address is somebody's on the public internet, however it is wrapped."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if any(address in network for network in TRANSLATED) or address.teredo or address.sixtofour:
            return False
        address = address.ipv4_mapped or address
    return address.is_global and not address.is_multicast


def post(url: str, body: bytes, headers: Mapping[bytes | str, bytes | str]) -> int:
    """Send the body; the answer's status. Raises `Refused`, or one of httpcore's errors."""
    with (
        httpcore.ConnectionPool(network_backend=PublicOnly(time.monotonic() + SECONDS)) as pool,
        pool.stream("POST", url, headers={**PLAIN, **headers}, content=body) as response,
    ):
        return response.status


class PublicOnly(httpcore.NetworkBackend):
    """Connects to public addresses alone, and to nobody after the deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = public_addresses(host, port)
        for address in others:
            with suppress(httpcore.ConnectError):
                return self._connect(address, port)
        return self._connect(last, port)

    def _connect(self, address: str, port: int) -> "Hurried":
        return Hurried(self._backend.connect_tcp(address, port, _left(self._deadline)), self._deadline)


class Hurried(httpcore.NetworkStream):
    """A connection whose every step must end before one deadline: a byte now and then does not put it off."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return Hurried(self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
