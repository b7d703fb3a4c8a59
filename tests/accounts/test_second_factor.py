"""Second factors: without the telephone, the key or a recovery code the password opens nothing."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client
from pytest_django import Settings

from accounts.models import Event, User
from tests.accounts.passkeys import passkey_of

PASSWORD = "alice's password"
SECRET = "JBSWY3DPEHPK3PXP"


def digits(secret: str = SECRET) -> str:
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def signed_in(client: Client) -> bool:
    return client.get("/").status_code == 200


@pytest.fixture
def at_the_factor(client: Client, alice: User) -> Client:
    """The password was right, and an app is set up."""
    TOTP.activate(alice, SECRET)
    RecoveryCodes.activate(alice)
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert answer["Location"] == "/accounts/second-factor/authenticate/"
    return client


def test_an_app_is_set_up_by_its_digits_and_gives_recovery_codes(client: Client, alice: User) -> None:
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    address = "/accounts/second-factor/totp/activate/"
    asked = client.get(address)
    client.post(asked["Location"], {"password": PASSWORD})
    page = client.get(address)
    assert b"<svg" in page.content and b"data:" not in page.content
    secret = page.context["form"].secret
    codes = client.post(address, {"code": digits(secret)}, follow=True)
    assert codes.content.decode().count("<li><code>") == 10
    assert "A second factor is on" in client.get("/accounts/").content.decode()


def test_the_password_alone_does_not_sign_in(at_the_factor: Client) -> None:
    assert not signed_in(at_the_factor)
    refused = at_the_factor.post("/accounts/second-factor/authenticate/", {"code": "000000"})
    assert "Incorrect code" in refused.content.decode()
    assert not signed_in(at_the_factor)


def test_with_the_digits_it_does(at_the_factor: Client) -> None:
    at_the_factor.post("/accounts/second-factor/authenticate/", {"code": digits()})
    assert signed_in(at_the_factor)


def test_a_recovery_code_signs_in_once(at_the_factor: Client, alice: User) -> None:
    code = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]
    at_the_factor.post("/accounts/second-factor/authenticate/", {"code": code})
    assert signed_in(at_the_factor)
    again = Client()
    again.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    again.post("/accounts/second-factor/authenticate/", {"code": code})
    assert not signed_in(again)


def test_a_factor_is_not_taken_away_without_the_password_again(browser: Client, alice: User) -> None:
    TOTP.activate(alice, SECRET)
    answer = browser.post("/accounts/second-factor/totp/deactivate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.filter(user=alice).exists()


def test_with_mail_an_address_must_be_shown_to_be_ones_own_first(
    browser: Client, alice: User, mail_is_set_up: None
) -> None:
    alice.emailaddress_set.create(email=alice.email, verified=False, primary=True)
    answer = browser.get("/accounts/second-factor/totp/activate/", follow=True)
    assert "verified your email" in answer.content.decode()


@pytest.fixture
def office(client: Client, admin: User, settings: Settings) -> Client:
    settings.STAFF_NEEDS_MFA = True
    client.force_login(admin)
    return client


@pytest.mark.parametrize("address", ["/admin/", "/admin/accounts/user/", "/admin/jsi18n/"])
def test_the_admin_may_ask_for_a_second_factor(office: Client, address: str) -> None:
    answer = office.get(address, follow=True)
    assert answer.redirect_chain[0][0] == "/accounts/second-factor/"
    assert "The admin needs a second factor" in answer.content.decode()


def test_with_a_second_factor_the_admin_opens(office: Client, admin: User) -> None:
    RecoveryCodes.activate(admin)
    assert office.get("/admin/").status_code == 302  # codes alone are no factor
    passkey_of(admin)
    assert office.get("/admin/").status_code == 200


def test_the_rest_of_the_site_does_not_ask_staff(office: Client) -> None:
    assert office.get("/").status_code == 200


def test_the_admin_shows_no_secret_and_can_free_somebody_locked_out(client: Client, admin: User, alice: User) -> None:
    TOTP.activate(alice, SECRET)
    factor = Authenticator.objects.get()
    client.force_login(admin)
    assert SECRET not in client.get(f"/admin/mfa/authenticator/{factor.pk}/change/").content.decode()
    client.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()


def test_factors_are_in_the_audit_log(at_the_factor: Client) -> None:
    at_the_factor.post("/accounts/second-factor/authenticate/", {"code": "000000"})
    assert Event.objects.filter(what="factor_failed", name="alice@example.org").exists()
