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
    monkeypatch.setenv("NAME", "0")
    assert env.integer("NAME", 1) == 0
    with pytest.raises(ImproperlyConfigured, match="use 1 or more"):
        env.integer("NAME", 1, least=1)


@pytest.mark.parametrize("value", ["nonsense", "ftp://id.example.org", "https:/id.example.org", "https://"])
def test_the_address_of_a_page_has_scheme_and_host(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert env.address("NAME") == ""
    monkeypatch.setenv("NAME", "https://id.example.org/realms/home/")
    assert env.address("NAME") == "https://id.example.org/realms/home"
    monkeypatch.setenv("NAME", value)
    with pytest.raises(ImproperlyConfigured, match="not the address of a page"):
        env.address("NAME")


def test_an_e_mail_address_of_the_server_is_taken_apart() -> None:
    settings = email_settings("smtp://me%40home:p%3Aw@mail.example.org:587/?tls=1")
    assert settings["EMAIL_HOST_USER"] == "me@home" and settings["EMAIL_HOST_PASSWORD"] == "p:w"
    assert settings["EMAIL_PORT"] == 587 and settings["EMAIL_USE_TLS"]


def test_a_wrong_e_mail_address_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        email_settings("mail.example.org")


@pytest.mark.parametrize("value", ["vsr.example.org", "https://", "ftp://host", "https://host/path", "http://a:b"])
def test_a_wrong_address_of_the_site_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SITE_URL", value)
    with pytest.raises(ImproperlyConfigured, match="SITE_URL=.* use scheme and host"):
        env.origin("SITE_URL", "")


def test_an_address_of_the_site_loses_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://vsr.example.org:8443/")
    assert env.origin("SITE_URL", "") == "https://vsr.example.org:8443"


def test_unknown_words_time_zones_and_files_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "Mars/Base")
    monkeypatch.setenv("OTHER_FILE", "/nowhere/secret")
    with pytest.raises(ImproperlyConfigured, match="NAME='Mars/Base' is unknown; use line or json"):
        env.choice("NAME", "line", "json")
    with pytest.raises(ImproperlyConfigured, match="NAME='Mars/Base' is not a time zone"):
        env.time_zone("NAME", "UTC")
    with pytest.raises(ImproperlyConfigured, match="OTHER_FILE='/nowhere/secret' cannot be read"):
        env.text("OTHER")
