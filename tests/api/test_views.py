"""The pages about tokens and webhooks, and the reference."""

import re

import pytest
from django.test import Client

from accounts.models import Event, User
from api import signing
from api.models import Delivery, Token, Webhook
from tests.api.conftest import Program, TokenMaker
from videos.models import Upscale

FORM = {"name": "episodes", "scopes": ["read", "convert"], "days": "30"}


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def make(browser: Client) -> str:
    shown = re.search(r'value="(vsr_[^"]+)"', browser.post("/accounts/tokens/", FORM).content.decode())
    assert shown
    return shown[1]


def test_a_new_token_is_shown_once_and_works(browser: Client) -> None:
    token = make(browser)
    assert token not in browser.get("/accounts/tokens/").content.decode()
    account = Program(token).get("/account").json()
    assert account["token"]["name"] == "episodes" and account["token"]["scopes"] == ["read", "convert"]


def test_the_page_with_the_token_is_kept_by_no_cache(browser: Client) -> None:
    assert "no-store" in browser.post("/accounts/tokens/", FORM)["Cache-Control"]


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"days": "99999"}])
def test_a_token_without_name_scope_or_end_is_not_made(browser: Client, wrong: dict[str, object]) -> None:
    assert browser.post("/accounts/tokens/", FORM | wrong).status_code == 422
    assert not Token.objects.exists()


def test_the_last_use_is_shown(browser: Client) -> None:
    token = make(browser)
    assert "never" in browser.get("/accounts/tokens/").content.decode()
    Program(token).get("/models")
    assert "now" in browser.get("/accounts/tokens/").content.decode()


def test_revoking_works_at_once(browser: Client) -> None:
    program = Program(make(browser))
    browser.post(f"/accounts/tokens/{Token.objects.get().pk}/revoke/")
    assert program.get("/models").status_code == 401


def test_tokens_made_and_revoked_are_written_down(browser: Client) -> None:
    make(browser)
    browser.post(f"/accounts/tokens/{Token.objects.get().pk}/revoke/")
    made = Event.objects.filter(about="episodes").order_by("pk")
    assert list(made.values_list("what", flat=True)) == ["token_made", "token_revoked"]


def test_nobody_sees_or_revokes_the_tokens_of_others(
    browser: Client, bob: User, token_of: TokenMaker, client: Client
) -> None:
    token_of(bob)
    assert "script" not in browser.get("/accounts/tokens/").content.decode()
    assert browser.post(f"/accounts/tokens/{Token.objects.get().pk}/revoke/").status_code == 404
    assert Token.objects.exists()


@pytest.mark.parametrize("page", ["tokens", "webhooks"])
def test_the_pages_ask_to_sign_in(client: Client, page: str) -> None:
    assert client.get(f"/accounts/{page}/").status_code == 302


def test_an_address_inside_the_network_is_refused_with_a_sentence(browser: Client) -> None:
    answer = browser.post("/accounts/webhooks/", {"url": "http://192.168.1.1/"})
    assert answer.status_code == 422 and "inside a private network" in answer.content.decode()
    assert not Webhook.objects.exists()


def test_an_address_is_added_and_removed(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.network.check", lambda url: None)
    browser.post("/accounts/webhooks/", {"url": "hook.example/vsr"})
    assert "https://hook.example/vsr" in browser.get("/accounts/webhooks/").content.decode()
    browser.post(f"/accounts/webhooks/{Webhook.objects.get().pk}/remove/")
    assert not Webhook.objects.exists()


def test_nobody_removes_the_addresses_of_others(browser: Client, bob: User) -> None:
    webhook = Webhook.objects.create(owner=bob, url="https://hook.example/")
    assert browser.post(f"/accounts/webhooks/{webhook.pk}/remove/").status_code == 404


def test_deliveries_are_listed_with_what_came_of_them(browser: Client, done: Upscale, bob: User) -> None:
    for owner, url in ((done.video.owner, "https://mine.example/"), (bob, "https://bobs.example/")):
        Delivery.objects.create(
            webhook=Webhook.objects.create(owner=owner, url=url),
            upscale=done,
            ended=done.created,
            event="upscale.done",
            payload={"data": {"name": "holiday x2.mp4"}},
            answer="The server answered 500.",
            attempts=2,
        )
    shown = browser.get("/accounts/webhooks/").content.decode()
    assert "https://mine.example/" in shown and "The server answered 500." in shown and "2 attempts" in shown
    assert "https://bobs.example/" not in shown


def test_the_secret_can_be_renewed(browser: Client, alice: User) -> None:
    before = signing.secret_of(alice)
    browser.post("/accounts/webhooks/secret/")
    shown = browser.get("/accounts/webhooks/").content.decode()
    assert before not in shown and signing.secret_of(alice) in shown


def test_the_account_page_leads_to_both(browser: Client) -> None:
    shown = browser.get("/accounts/").content.decode()
    assert "/accounts/tokens/" in shown and "/accounts/webhooks/" in shown


def test_the_reference_lists_every_operation_without_script_or_style(client: Client, db: None) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    answer = client.get("/api/")
    shown = answer.content.decode()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert f"<strong>{method.upper()}</strong> {path}" in shown
            assert f'id="{operation["operationId"]}"' in shown
    assert not re.search(r"<script|<style|style=", shown)
    assert "script-src 'self'" in answer["Content-Security-Policy"]
