"""Pages, uploads and programs are told when the database or Redis is away, and that anything else is our fault."""

from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection
from django.test import Client
from redis.exceptions import ConnectionError as RedisAway

from accounts.models import User
from videos.models import Video


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("path", ["/", "/uploads/", "/admin/"])
def test_a_database_that_is_away_is_told(browser: Client, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", Mock(side_effect=OperationalError("password=secret")))
        answer = browser.get(path, headers={"Accept-Language": "ko"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "데이터베이스" in answer.content.decode() and "secret" not in answer.content.decode()
    assert browser.get("/").status_code == 200


def test_programs_are_told_in_their_own_form(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", Mock(side_effect=OperationalError("away")))
        answer = browser.get("/api/v1/videos", headers={"Authorization": "Bearer vsr_something"})
    assert answer.status_code == 503 and "try again in a minute" in answer.json()["detail"]


@pytest.mark.parametrize(("error", "status", "told"), [(RedisAway, 503, "cache does not"), (KeyError, 500, "is ours")])
def test_a_cache_that_is_away_is_told_and_a_fault_is_ours(
    browser: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int, told: str
) -> None:
    monkeypatch.setattr(Video.objects, "filter", Mock(side_effect=error("away")))
    answer = browser.get("/")
    assert answer.status_code == status and told in answer.content.decode()
