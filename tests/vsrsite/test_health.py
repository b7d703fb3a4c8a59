"""/healthz says that the process answers, /readyz what behind it works."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from pytest_django import Settings

from videos import storage


@pytest.fixture(autouse=True)
def scheduled(db: None) -> None:
    Schedule.objects.update(next_run=timezone.now())


def ready(client: Client) -> tuple[int, dict[str, object]]:
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_all_that_works_is_named(client: Client) -> None:
    parts = dict.fromkeys(("database", "cache", "storage", "queue"), "works")
    assert ready(client) == (200, {"ready": True, **parts})


def no_database(*args: object, **kwargs: object) -> None:
    raise OperationalError("password=secret")


def test_without_a_database_the_process_is_alive_and_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", no_database)
        assert client.get("/healthz").content == b"alive\n"
        status, told = ready(client)
    assert status == 503
    assert told["database"] == "The database cannot be reached." and told["storage"] == "works"
    assert "secret" not in str(told)


def test_a_forgetful_cache_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(cache._connections["default"]), "get", lambda *args, **kwargs: None)  # type: ignore[attr-defined]
    status, told = ready(client)
    assert status == 503 and "cache" in str(told["cache"])


def test_a_folder_that_cannot_be_written_and_a_full_disk_are_told(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "spare_bytes", lambda: 0)
    assert ready(client)[1]["storage"] == storage.FULL
    settings.MEDIA_ROOT = "/nowhere"
    assert ready(client)[1]["storage"] == "Files cannot be written."


def test_a_light_cluster_that_does_not_run_is_told(client: Client) -> None:
    Schedule.objects.update(next_run=timezone.now() - timedelta(minutes=10))
    status, told = ready(client)
    assert status == 503 and "manage.py cluster light" in str(told["queue"])


@pytest.mark.parametrize("cluster", ["light", "heavy"])
def test_a_call_that_nobody_takes_is_told(client: Client, cluster: str) -> None:
    OrmQ.objects.create(key=cluster, payload="", lock=timezone.now() - timedelta(minutes=10))
    status, told = ready(client)
    assert status == 503 and f"manage.py cluster {cluster}" in str(told["queue"])


def test_nothing_but_looking_is_allowed(client: Client) -> None:
    assert client.post("/healthz").status_code == client.post("/readyz").status_code == 405
