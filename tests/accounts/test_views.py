"""The account: in, out, changed, gone."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from videos.models import Video

PASSWORD = "alice's password"


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


def test_changing_the_password_ends_every_other_session(browser: Client, alice: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(alice)
    form = {"oldpassword": PASSWORD, "password1": "quite another 1", "password2": "quite another 1"}
    browser.post("/accounts/password/change/", form)
    assert browser.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_a_blocked_person_is_out_at_once_and_told_at_the_next_sign_in(browser: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert browser.get("/").status_code == 302
    answer = browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD}, follow=True)
    assert "blocked" in answer.content.decode() or "not correct" in answer.content.decode()


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


def test_somebody_without_a_password_deletes_the_account_by_its_address(browser: Client, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    browser.force_login(alice)
    assert "This is not your address" in browser.post("/accounts/delete/", {"email": "x@example.org"}).content.decode()
    browser.post("/accounts/delete/", {"email": "Alice@example.org"})
    assert not User.objects.exists()


def test_without_email_the_administrator_changes_addresses(browser: Client) -> None:
    assert "Ask the administrator" in browser.get("/accounts/email/").content.decode()


def test_another_address_holds_once_its_link_is_opened(browser: Client, alice: User, mail_is_set_up: None) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    browser.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    confirm = link_in_mail(r"/accounts/confirm-email/\S+")
    assert "Is this your address?" in browser.get(confirm).content.decode()
    browser.post(confirm)
    alice.refresh_from_db()
    assert alice.email == "new@example.org"


def test_an_address_that_was_never_shown_to_be_ones_own_is_shown_first(
    browser: Client, alice: User, mail_is_set_up: None
) -> None:
    page = browser.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    assert "Open the link we sent you" in page.content.decode()
    assert mail.outbox[-1].to == ["alice@example.org"]
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


def test_the_first_administrator_signs_in_before_mail_works(client: Client, admin: User, mail_is_set_up: None) -> None:
    client.post("/accounts/login/", {"login": admin.email, "password": "admin's password"})
    assert client.get("/admin/").status_code == 200 and not mail.outbox


def test_the_address_that_an_administrator_took_away_opens_nothing(client: Client, admin: User, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    office = Client()
    office.force_login(admin)
    office.post(f"/admin/accounts/user/{alice.pk}/change/", {"email": "new@example.org", "is_active": "on"})
    client.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD})
    assert client.get("/").status_code == 302
    client.post("/accounts/login/", {"login": "new@example.org", "password": PASSWORD})
    assert client.get("/").status_code == 200


def test_with_email_a_new_person_gets_in_by_the_link_alone(client: Client, db: None, mail_is_set_up: None) -> None:
    form = {"email": "new@example.org", "password1": "long enough 1", "password2": "long enough 1"}
    assert "Open the link" in client.post("/accounts/signup/", form, follow=True).content.decode()
    assert client.get("/").status_code == 302
    client.post(link_in_mail(r"/accounts/confirm-email/\S+"))
    client.post("/accounts/login/", {"login": "new@example.org", "password": "long enough 1"})
    assert client.get("/").status_code == 200


def test_signing_up_does_not_tell_who_has_an_account(client: Client, alice: User, mail_is_set_up: None) -> None:
    pages = []
    for email in (alice.email, "nobody@example.org"):
        form = {"email": email, "password1": "long enough 1", "password2": "long enough 1"}
        pages.append(client.post("/accounts/signup/", form)["Location"])
    assert pages[0] == pages[1]


def link_in_mail(pattern: str) -> str:
    found = re.search(r"http://[^/]+(" + pattern + ")", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]
