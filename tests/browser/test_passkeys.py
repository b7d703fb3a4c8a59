"""A passkey in a real browser with a made-up authenticator: set up, then the whole sign-in without a password."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User

pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> str:
    User.objects.create_user("somebody@example.org", "a password")  # else all leads to the first administrator
    settings.PASSKEYS = True
    assert live_server.url.startswith("http://localhost:")  # where browsers make passkeys without TLS
    return str(live_server.url)


@pytest.fixture
def key(page: Page) -> None:
    """A key in the browser's port that says yes to everything."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_signs_in_by_itself(
    site: str, page: Page, key: None, nothing_to_complain_of: None
) -> None:
    page.goto(f"{site}/accounts/signup/")
    page.get_by_label("Email").fill("passkey@example.org")
    page.get_by_label("Password", exact=True).fill("a password of length")
    page.get_by_label("Password (again)").fill("a password of length")
    page.get_by_role("button", name="Sign up").click()

    page.goto(f"{site}/accounts/second-factor/webauthn/add/")
    page.get_by_label("Password").fill("a password of length")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("My key")
    page.get_by_label("Sign in by it alone").check()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto(f"{site}/accounts/second-factor/webauthn/")
    expect(page.get_by_role("heading", name="My key")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Drop videos here")).to_be_visible()


def test_a_passkey_that_does_not_come_about_is_told_in_the_page(site: str, page: Page) -> None:
    page.goto(f"{site}/accounts/login/")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")  # and nobody who could answer
    page.route("**/webauthn/login/", lambda route: route.abort())
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey did not work")
