"""Sign-up for everybody, for the invited, or for nobody."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import invitations
from accounts.models import Event, Invitation, User

FORM = {"email": "new@example.org", "password1": "long enough 1", "password2": "long enough 1"}


@pytest.fixture
def by_invitation(settings: Settings, db: None) -> None:
    settings.SIGNUP = "invitation"


@pytest.fixture
def office(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def address(invitation: Invitation) -> str:
    return f"/accounts/invitation/{invitation.token}/"


def test_closed_says_whom_to_ask_and_lets_nobody_in(client: Client, admin: User, settings: Settings) -> None:
    settings.SIGNUP = "closed"
    assert "The administrator makes the accounts" in client.get("/accounts/signup/").content.decode()
    assert "Sign up</a>" not in client.get("/accounts/login/").content.decode()
    client.post("/accounts/signup/", FORM)
    assert User.objects.get() == admin


def test_without_an_invitation_the_page_says_to_ask_for_one(client: Client, by_invitation: None) -> None:
    assert "Ask the administrator for an invitation" in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", FORM)
    assert not User.objects.exists()


def test_the_link_lets_one_person_in_once(client: Client, by_invitation: None) -> None:
    invitation = Invitation.objects.create()
    assert client.get(address(invitation))["Location"] == "/accounts/signup/"
    client.post("/accounts/signup/", FORM)
    assert client.get("/").status_code == 200
    invitation.refresh_from_db()
    assert invitation.taken_by_name == "new@example.org"
    again = Client()
    answer = again.get(address(invitation))
    assert answer.status_code == 410 and "This invitation is over" in answer.content.decode()


def test_of_two_who_opened_one_link_the_quicker_gets_in(client: Client, by_invitation: None) -> None:
    invitation = Invitation.objects.create()
    slower = Client()
    for browser in (client, slower):
        browser.get(address(invitation))
    client.post("/accounts/signup/", FORM)
    answer = slower.post("/accounts/signup/", FORM | {"email": "second@example.org"})
    assert "somebody else has used it" in answer.content.decode()
    assert User.objects.count() == 1


def test_an_invitation_taken_between_form_and_answer_makes_no_account(
    client: Client, by_invitation: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(address(Invitation.objects.create()))
    monkeypatch.setattr(invitations, "take", lambda invitation, user: False)
    assert client.post("/accounts/signup/", FORM)["Location"] == "/accounts/signup/"
    assert not User.objects.exists()


def test_an_old_link_lets_nobody_in(client: Client, by_invitation: None) -> None:
    invitation = Invitation.objects.create(expires=timezone.now() - timedelta(seconds=1))
    assert client.get(address(invitation)).status_code == 410


def test_a_link_for_an_address_is_for_that_address(client: Client, by_invitation: None) -> None:
    client.get(address(Invitation.objects.create(email="new@example.org")))
    assert 'value="new@example.org"' in client.get("/accounts/signup/").content.decode()
    refused = client.post("/accounts/signup/", FORM | {"email": "other@example.org"})
    assert "This invitation is for new@example.org" in refused.content.decode()
    client.post("/accounts/signup/", FORM)
    assert User.objects.get().email == "new@example.org"


def test_whoever_has_an_account_does_not_use_an_invitation_up(browser: Client, by_invitation: None) -> None:
    invitation = Invitation.objects.create()
    assert browser.get(address(invitation))["Location"] == "/"
    assert Invitation.good().get() == invitation


def test_an_administrator_makes_invitations_and_gets_the_link(office: Client, by_invitation: None) -> None:
    form = {"email": "New@example.org", "expires_0": "2099-01-01", "expires_1": "12:00"}
    page = office.post("/admin/accounts/invitation/add/", form, follow=True).content.decode()
    invitation = Invitation.objects.get()
    assert invitation.email == "new@example.org" and str(invitation.made_by) == "admin@example.org"
    assert invitations.link(invitation) in page and "Pass it on yourself" in page
    assert Event.objects.filter(what="invited", about="new@example.org").exists()


def test_with_mail_the_link_is_sent(
    office: Client,
    by_invitation: None,
    mail_is_set_up: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    form = {"email": "new@example.org", "expires_0": "2099-01-01", "expires_1": "12:00"}
    with django_capture_on_commit_callbacks(execute=True):
        office.post("/admin/accounts/invitation/add/", form)
    assert mail.outbox[0].to == ["new@example.org"]
    assert invitations.link(Invitation.objects.get()) in mail.outbox[0].body
