"""Signing in, and what is written down."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from api import tokens
from api.models import Token
from tests.vsr.conftest import Terminal
from vsr import login

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(terminal: Terminal, url: str, token: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(token + "\n"))
    return terminal.run("login", url)


def test_a_token_that_holds_is_written_down_for_this_user_alone(
    terminal: Terminal, alice: User, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.make(alice, "terminal", ["read"], timedelta(days=1))[1]
    assert sign_in(terminal, live_server.url, token, monkeypatch) == 0
    assert "alice@example.org" in terminal.said and "may read" in terminal.said
    assert login.file().stat().st_mode & 0o777 == 0o600
    assert terminal.run("models") == 0


def test_a_token_that_does_not_hold_is_not_written_down(
    terminal: Terminal, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    assert sign_in(terminal, live_server.url, "vsr_wrong_token", monkeypatch) == 3
    assert f"make one at {live_server.url}/accounts/tokens/ and run `vsr login" in terminal.said
    assert not login.file().exists()


def test_whoever_never_signed_in_is_told_how(terminal: Terminal) -> None:
    assert terminal.run("list") == 3
    assert "vsr login" in terminal.said


def test_a_revoked_token_has_its_own_exit_code(alice_s: Terminal) -> None:
    Token.objects.all().delete()
    assert alice_s.run("list") == 3


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://nowhere.invalid"])
def test_a_site_that_does_not_answer_has_its_own_exit_code(
    terminal: Terminal, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in(terminal, url, "vsr_a_b", monkeypatch) == 4
    assert "does not answer" in terminal.said


def test_a_damaged_file_is_as_good_as_none(terminal: Terminal) -> None:
    login.keep(login.Login("http://x", "y"))
    login.file().write_text("{")
    assert terminal.run("list") == 3


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    login.keep(login.Login("https://kept.example/", "kept"))
    assert login.find() == login.Login("https://kept.example", "kept")
    monkeypatch.setenv("VSR_TOKEN", "other")
    assert login.find().token == "other"
