"""What the settings make of a site with TLS: cookies, HSTS, addresses, and nothing for `check --deploy` to say."""

import json
import os
import subprocess
import sys

from vsrsite.paths import BASE_DIR

TLS = {"SITE_URL": "https://video.example.org", "TRUSTED_PROXIES": "1", "SECRET_KEY": "k" * 30 + "0123456789abcdefghij"}
NAMES = (
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE",
    "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_SAMESITE",
    "SECURE_HSTS_SECONDS",
    "SECURE_SSL_REDIRECT",
    "SECURE_PROXY_SSL_HEADER",
)


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "vsrsite.settings", **environment},
        capture_output=True,
        text=True,
    )


def settings_with(**environment: str) -> dict[str, object]:
    show = (
        f"import json; from django.conf import settings as s; print(json.dumps({{n: getattr(s, n) for n in {NAMES}}}))"
    )
    found: dict[str, object] = json.loads(run("-c", show, **environment).stdout)
    return found


def test_the_deployment_check_finds_nothing() -> None:
    checked = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **TLS)
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


def test_with_tls_cookies_stay_inside_it_and_browsers_are_told_so() -> None:
    found = settings_with(**TLS)
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"] and found["SESSION_COOKIE_HTTPONLY"]
    assert (found["SESSION_COOKIE_SAMESITE"], found["CSRF_COOKIE_SAMESITE"]) == ("Lax", "Lax")
    assert found["SECURE_HSTS_SECONDS"] == 30 * 24 * 3600
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_hosts_and_origins_come_from_the_address_of_the_site() -> None:
    found = settings_with(**TLS)
    assert found["ALLOWED_HOSTS"] == ["video.example.org", "localhost", "127.0.0.1"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://video.example.org"]


def test_without_a_proxy_nobody_is_believed_to_come_by_tls() -> None:
    found = settings_with(**TLS | {"TRUSTED_PROXIES": "0"})
    assert found["SECURE_PROXY_SSL_HEADER"] is None
    assert not found["SECURE_SSL_REDIRECT"]


def test_tls_without_a_trusted_proxy_is_warned_of() -> None:
    checked = run("manage.py", "check", **TLS | {"TRUSTED_PROXIES": "0"})
    assert "Set TRUSTED_PROXIES=1" in checked.stderr
