"""Headers of proxies: believed when the setting says so, and else without meaning."""

import re

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import User
from vsrsite.paths import BASE_DIR
from vsrsite.proxies import TrustedProxies, client_address

FORGED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}


def seen(**headers: str) -> HttpRequest:
    """The request as the views get it."""
    request = RequestFactory().get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})
    TrustedProxies(lambda request: HttpResponse())(request)
    return request


def test_without_a_proxy_its_headers_mean_nothing() -> None:
    request = seen(**{name.replace("-", "_"): value for name, value in FORGED.items()})
    assert request.META["REMOTE_ADDR"] == "127.0.0.1"
    assert not request.is_secure()
    assert request.get_host() == "testserver"


@pytest.mark.parametrize(
    "proxies, told, address",
    [
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the left one is the client's own invention
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "198.51.100.7", "198.51.100.7"),  # past the outer proxy
        (1, "", "127.0.0.1"),
        (1, " , ", "127.0.0.1"),
        (1, "198.51.100.7:4711", "198.51.100.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "unknown", "127.0.0.1"),
        (1, "[nonsense", "127.0.0.1"),
    ],
)
def test_behind_proxies_the_outermost_one_tells_who_asks(
    settings: Settings, proxies: int, told: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_address(told, "127.0.0.1") == address


def attempts_until_refused(client: Client) -> int:
    """Failed sign-ins, each under another forged address."""
    for number in range(1, 40):
        form = {"login": f"{number}@example.org", "password": "wrong"}
        answer = client.post("/accounts/login/", form, headers={"X-Forwarded-For": f"203.0.113.{number}"})
        if answer.status_code == 429 or b"Too many failed" in answer.content:
            return number
    return 0


def test_a_forged_address_does_not_get_around_the_limit_on_attempts(client: Client, db: None) -> None:
    cache.clear()
    assert 0 < attempts_until_refused(client) <= 31


def test_behind_a_proxy_each_client_has_its_own_limit(client: Client, db: None, settings: Settings) -> None:
    cache.clear()
    settings.TRUSTED_PROXIES = 1
    assert attempts_until_refused(client) == 0


@pytest.fixture
def tls(settings: Settings, db: None) -> None:
    """As the settings are for a site with https behind one proxy."""
    settings.TRUSTED_PROXIES = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 3600


def test_who_comes_by_tls_is_told_to_stay_and_gets_cookies_for_it_alone(tls: None, alice: User) -> None:
    client, headers = Client(), {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
    page = client.get("/accounts/login/", headers=headers)
    assert page["Strict-Transport-Security"] == "max-age=3600"
    client.post("/accounts/login/", {"login": alice.email, "password": "alice's password"}, headers=headers)
    for name in ("sessionid", "csrftoken"):
        assert client.cookies[name]["secure"] and client.cookies[name]["samesite"] == "Lax"
    assert client.cookies["sessionid"]["httponly"]


def test_who_comes_without_tls_is_sent_to_it_save_for_the_health_check(tls: None) -> None:
    client = Client()
    assert client.get("/accounts/login/")["Location"] == "https://testserver/accounts/login/"
    assert client.get("/healthz").status_code == 200


def test_uploads_however_slow_leave_threads_for_pages() -> None:
    rules, compose = (BASE_DIR / "deploy" / "nginx" / "site.conf").read_text(), (BASE_DIR / "compose.yaml").read_text()
    at_once, threads = re.search(r"limit_conn uploads (\d+);", rules), re.search(r"WEB_THREADS:-(\d+)", compose)
    assert at_once and threads and int(at_once[1]) < int(threads[1])
