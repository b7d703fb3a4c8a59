"""Sign-in by the organisation's own provider, against one that really answers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.accounts.provider import CLIENT_ID, SECRET, Provider
from vsrsite.paths import BASE_DIR
from vsrsite.settings import OIDC_APP

LOGIN = "/accounts/oidc/oidc/login/"


@pytest.fixture
def provider(db: None, settings: Settings) -> Iterator[Provider]:
    provider = Provider()
    app = OIDC_APP | {"client_id": CLIENT_ID, "secret": SECRET, "name": "The Office"}
    app["settings"] = OIDC_APP["settings"] | {"server_url": provider.url}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    settings.OIDC_URL, settings.OIDC_NAME = provider.url, "The Office"
    yield provider
    provider.stop()


def go_through(client: Client) -> Any:
    """Press the button, be sent to the provider, be sent back."""
    there = client.post(LOGIN)["Location"]
    back = urlsplit(requests.get(there, allow_redirects=False, timeout=5).headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def who(client: Client) -> str:
    user = client.get("/accounts/").context
    return user["user"].email if user else ""


def test_the_sign_in_page_offers_it_by_its_name(client: Client, provider: Provider, admin: User) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "Sign in with The Office" in page and f'action="{LOGIN}"' in page


def test_without_the_setting_there_is_no_button_and_no_way(client: Client, admin: User) -> None:
    assert LOGIN not in client.get("/accounts/login/").content.decode()
    assert client.post(LOGIN).status_code == 404


def test_somebody_new_gets_an_account(client: Client, provider: Provider) -> None:
    go_through(client)
    assert who(client) == "alice@example.org"
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize("signup", ["invitation", "closed"])
def test_the_provider_decides_who_comes_in_whatever_holds_for_passwords(
    client: Client, provider: Provider, settings: Settings, signup: str
) -> None:
    settings.SIGNUP = signup
    go_through(client)
    assert who(client) == "alice@example.org"


def test_new_people_of_the_provider_can_be_kept_out(client: Client, provider: Provider, settings: Settings) -> None:
    settings.OIDC_SIGNUP = False
    go_through(client)
    assert not User.objects.exists() and not who(client)


def test_somebody_who_has_an_account_comes_into_that(client: Client, provider: Provider, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    go_through(client)
    assert who(client) == alice.email and User.objects.count() == 1
    alice.refresh_from_db()
    assert alice.check_password("alice's password")


def test_a_password_that_somebody_else_may_have_set_beforehand_stops_working(
    client: Client, provider: Provider, alice: User
) -> None:
    go_through(client)
    alice.refresh_from_db()
    assert who(client) == alice.email and not alice.has_usable_password()


def test_an_address_that_the_provider_does_not_vouch_for_opens_nobodys_account(
    client: Client, provider: Provider, alice: User
) -> None:
    provider.claims["email_verified"] = False
    go_through(client)
    assert not who(client)


def test_a_second_factor_is_asked_for_all_the_same(client: Client, provider: Provider, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    TOTP.activate(alice, "secret")
    assert go_through(client)["Location"] == "/accounts/second-factor/authenticate/"
    assert not who(client)


def test_a_blocked_person_stays_out(client: Client, provider: Provider, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    User.objects.update(is_active=False)
    go_through(client)
    assert not who(client)


def test_a_token_for_somebody_else_is_refused(client: Client, provider: Provider) -> None:
    provider.audience = "another site"
    assert "did not answer, or not as it should" in go_through(client).content.decode()
    assert not User.objects.exists()


def test_an_answer_that_nobody_asked_for_is_refused(client: Client, provider: Provider) -> None:
    answer = client.get(f"{LOGIN}callback/?code=the+code&state=invented")
    assert "did not answer, or not as it should" in answer.content.decode()
    assert not User.objects.exists()


def test_the_policy_lets_the_button_lead_there() -> None:
    """Browsers apply form-action to where the answer to a form leads, too."""
    show = "from django.conf import settings as s; print(s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])"
    shown = subprocess.run(
        [sys.executable, "-c", show],
        cwd=BASE_DIR,
        env={
            **os.environ,
            "OIDC_URL": "https://id.example.org/realms/office/",
            "DJANGO_SETTINGS_MODULE": "vsrsite.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'https://id.example.org'" in shown.stdout
