"""Typed values from the environment fail loudly."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from vsrsite import env
from vsrsite.email import email_settings


def test_a_value_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("NAME_FILE", str(tmp_path / "secret"))
    assert env.text("NAME") == "s3cret"


def test_a_switch_and_a_number_must_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="not a switch"):
        env.boolean("NAME", False)
    with pytest.raises(ImproperlyConfigured, match="not a whole number"):
        env.integer("NAME", 1)


def test_an_e_mail_address_of_the_server_is_taken_apart() -> None:
    settings = email_settings("smtp://me%40home:p%3Aw@mail.example.org:587/?tls=1")
    assert settings["EMAIL_HOST_USER"] == "me@home" and settings["EMAIL_HOST_PASSWORD"] == "p:w"
    assert settings["EMAIL_PORT"] == 587 and settings["EMAIL_USE_TLS"]


def test_a_wrong_e_mail_address_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        email_settings("mail.example.org")
