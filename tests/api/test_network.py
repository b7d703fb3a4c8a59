"""Requests to addresses that users name: the public internet alone, no redirects, a few seconds."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpcore
import pytest
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from api import network, webhooks
from api.models import Delivery, Webhook
from videos.models import Upscale

Answer = Callable[[socket.socket], None]
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


@contextmanager
def server(answer: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """A server on this machine that answers one connection so; its address, and what it was sent."""
    received: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            received.append(whole_request(connection))
            answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://hook.example:{listener.getsockname()[1]}/path", received
        thread.join(5)


def whole_request(connection: socket.socket) -> bytes:
    """Head and body may come apart; every body here is a JSON object."""
    request = b""
    while not request.endswith(b"}"):
        request += connection.recv(65536)
    return request


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names lead to; hook.example leads to this machine."""
    table = {"hook.example": ["127.0.0.1"]}
    really = socket.getaddrinfo

    def look_up(host: str, port: int, *how: int, **more: int) -> Any:
        if host not in table:
            return really(host, port, *how, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in table[host]]

    monkeypatch.setattr("api.network.socket.getaddrinfo", look_up)
    return table


@pytest.fixture
def all_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this machine lay on the public internet."""
    monkeypatch.setattr("api.network.is_public", lambda address: True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_inside_networks_are_not_public(address: str) -> None:
    assert not network.is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:93.184.215.14"])
def test_addresses_on_the_internet_are_public(address: str) -> None:
    assert network.is_public(address)


@pytest.mark.parametrize(
    "url, words",
    [
        ("http://127.0.0.1/", "private network"),
        ("https://[::1]:8000/", "private network"),
        ("http://2130706433/", "whole one"),
        ("http://localhost/", "private network"),
        ("ftp://example.org/", "whole one"),
        ("https:///path", "whole one"),
        ("https://example.org:99999/", "whole one"),
        ("https://[::", "whole one"),
        ("https://nowhere.invalid/", "no server called"),
    ],
)
def test_an_address_that_no_webhook_may_have_is_a_sentence(url: str, words: str) -> None:
    with pytest.raises(network.Refused, match=words):
        network.check(url)


def test_a_name_that_leads_inside_is_refused(names: dict[str, list[str]]) -> None:
    names["mixed.example"] = ["93.184.215.14", "10.0.0.1"]
    for host in ("hook.example", "mixed.example"):
        with pytest.raises(network.Refused, match="private network"):
            network.check(f"https://{host}/")


def test_a_name_that_leads_elsewhere_since_it_was_checked_is_refused(names: dict[str, list[str]]) -> None:
    names["rebinding.example"] = ["93.184.215.14"]
    network.check("http://rebinding.example/")
    names["rebinding.example"] = ["127.0.0.1"]
    with pytest.raises(network.Refused):
        network.post("http://rebinding.example/", b"{}", {})


def test_the_addresses_that_were_checked_are_connected_to(
    names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    names["once.example"] = ["2606:2800:21f:cb07::1", "93.184.215.14"]

    def connect(self: object, host: str, *more: object) -> None:
        asked.append(host)
        raise httpcore.ConnectError("refused")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(httpcore.ConnectError):
        network.post("https://once.example/", b"{}", {})
    assert asked == names["once.example"]


def test_a_message_arrives_with_the_name_it_was_meant_for(names: object, all_public: None) -> None:
    with server(lambda line: line.sendall(OK)) as (url, received):
        assert network.post(url, b'{"a":1}', {"webhook-id": "1"}) == 204
    head, _, body = received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /path HTTP/1.1") and b"Host: hook.example" in head and b"webhook-id: 1" in head
    assert body == b'{"a":1}'


def test_a_redirect_is_an_answer_and_not_followed(names: object, all_public: None) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with server(lambda line: line.sendall(moved)) as (url, _):
        assert network.post(url, b"{}", {}) == 307


def drip(line: socket.socket) -> None:
    """A header that never ends."""
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    try:
        while True:
            line.sendall(b"x")
            time.sleep(0.05)
    except OSError:
        return


NEVER = pytest.mark.parametrize("answer", [lambda line: line.recv(1), drip], ids=["silent", "dripping"])


@NEVER
def test_a_server_that_never_answers_is_left(
    names: object, all_public: None, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr("api.network.SECONDS", 0.3)
    with server(answer) as (url, _), pytest.raises(httpcore.TimeoutException):
        network.post(url, b"{}", {})


@NEVER
def test_nobody_waits_twice_for_a_server_that_never_answers(
    names: object, all_public: None, done: Upscale, alice: User, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr("api.network.SECONDS", 0.3)
    monkeypatch.setattr("api.webhooks.AT_ONCE", 1)
    asked, really = list[str](), network.post
    monkeypatch.setattr("api.network.post", lambda url, *what: (asked.append(url), really(url, *what))[1])
    with server(answer) as (silent, _), server(lambda line: line.sendall(OK)) as (good, _):
        waiting, arriving = (deliveries(alice, url, done, number) for url, number in ((silent, 3), (good, 1)))
        webhooks.deliver()
    assert asked == [silent, good]
    told = waiting.filter(state="waiting", attempts=1, answer__startswith="No answer", due__gt=timezone.now())
    assert told.count() == 3  # each is tried again
    assert arriving.get().state == "delivered"


def deliveries(owner: User, url: str, upscale: Upscale, number: int) -> QuerySet[Delivery]:
    """So many messages that wait for this address."""
    webhook, now = Webhook.objects.create(owner=owner, url=url), timezone.now()
    about = {"webhook": webhook, "upscale": upscale, "event": "upscale.done", "payload": {}}
    Delivery.objects.bulk_create(Delivery(ended=now + timedelta(seconds=at), **about) for at in range(number))
    return webhook.deliveries.all()
