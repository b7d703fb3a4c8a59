"""The account: in, out, changed, gone."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from videos.models import Video

PASSWORD = "alice's password"


@pytest.fixture(autouse=True)
def no_limits_from_earlier_tests() -> None:
    cache.clear()


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_signing_up_signs_in(client: Client, db: None) -> None:
    form = {"email": "New@Example.org", "password1": "long enough 1", "password2": "long enough 1"}
    assert client.post("/accounts/signup/", form)["Location"] == "/"
    assert User.objects.get().email == "new@example.org"
    assert client.get("/").status_code == 200


def test_signing_in_and_out(client: Client, alice: User) -> None:
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_a_wrong_password_is_a_sentence_and_no_session(client: Client, alice: User) -> None:
    answer = client.post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    assert "not correct" in answer.content.decode()
    assert client.get("/").status_code == 302


def test_signing_out_needs_a_post(browser: Client) -> None:
    browser.get("/accounts/logout/")
    assert browser.get("/").status_code == 200


def test_the_account_page_shows_what_is_used_of_how_much(browser: Client, alice: User, settings: Settings) -> None:
    settings.MAX_STORED_BYTES = 4 << 30
    alice.max_videos = 7
    alice.save()
    Video.objects.create(owner=alice, name="a.mp4", size=1 << 30)
    shown = browser.get("/accounts/").content.decode().replace("\xa0", " ")
    assert "1.0 GB of 4.0 GB" in shown
    assert "1 of 7" in shown


def test_changing_the_password(browser: Client, alice: User) -> None:
    form = {"oldpassword": PASSWORD, "password1": "quite another 1", "password2": "quite another 1"}
    browser.post("/accounts/password/change/", form)
    alice.refresh_from_db()
    assert alice.check_password("quite another 1")


def test_without_email_the_reset_page_says_whom_to_ask(client: Client, db: None) -> None:
    assert "Ask the administrator" in client.get("/accounts/password/reset/").content.decode()


def test_with_email_a_link_sets_a_new_password(client: Client, alice: User, settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    client.post("/accounts/password/reset/", {"email": alice.email})
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    form_at = client.get(link[1])["Location"]
    client.post(form_at, {"password1": "quite another 1", "password2": "quite another 1"})
    alice.refresh_from_db()
    assert alice.check_password("quite another 1")


def test_deleting_the_account_takes_everything_it_owns(browser: Client, alice: User, bob: User) -> None:
    mine, other = (Video.objects.create(owner=owner, name="a.mp4", size=1) for owner in (alice, bob))
    for video in (mine, other):
        video.folder.mkdir()
    assert "1 video with all results" in browser.get("/accounts/delete/").content.decode()
    browser.post("/accounts/delete/", {"password": PASSWORD})
    assert list(User.objects.all()) == [bob] and list(Video.objects.all()) == [other]
    assert not mine.folder.exists() and other.folder.exists()
    assert browser.get("/").status_code == 302


def test_deleting_the_account_needs_the_password(browser: Client, alice: User) -> None:
    answer = browser.post("/accounts/delete/", {"password": "wrong"})
    assert "This is not your password" in answer.content.decode()
    assert User.objects.filter(pk=alice.pk).exists()


@pytest.mark.parametrize("address", ["/accounts/", "/accounts/delete/"])
def test_somebody_signed_out_is_sent_to_sign_in(client: Client, db: None, address: str) -> None:
    assert client.get(address)["Location"].startswith("/accounts/login/")
