"""The site is told where a browser finds it."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from vsrsite import listening


@pytest.mark.parametrize(
    ("bind", "origin"),
    [
        ("127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("0.0.0.0:9000", "http://127.0.0.1:9000"),
        ("[::]:9000,192.168.1.7:80", "http://127.0.0.1:9000"),
        ("unix:/data/web.sock, 192.168.1.7:80", "http://192.168.1.7:80"),
        ("unix:/data/web.sock", "http://127.0.0.1:8000"),
        (":9000", "http://127.0.0.1:9000"),
    ],
)
def test_a_browser_on_this_machine_finds_the_first_port(
    monkeypatch: pytest.MonkeyPatch, bind: str, origin: str
) -> None:
    monkeypatch.setenv("BIND", bind)
    assert listening.origin() == origin


@pytest.mark.parametrize("bind", ["abc", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:0", ":65536", "unix:", "[::1]"])
def test_what_is_no_place_to_listen_at_is_told(monkeypatch: pytest.MonkeyPatch, bind: str) -> None:
    monkeypatch.setenv("BIND", f"127.0.0.1:8000,{bind}")
    with pytest.raises(ImproperlyConfigured, match=f"^BIND: '{re.escape(bind)}' is no place to listen at; use a host"):
        listening.bind()
