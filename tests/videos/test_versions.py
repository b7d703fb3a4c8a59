"""Polls: what the browser has already is not built again, and what looks otherwise is."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.conftest import JobMaker
from videos.models import Upscale

RUNNING = {"state": "running", "frames_done": 3}


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    """With the cookie of the page that polls."""
    client.force_login(alice)
    client.get("/")
    return client


def poll(browser: Client, job: Upscale, version: str = "", **cookies: str) -> tuple[int, str]:
    """The status, and the version to ask with the next time."""
    browser.cookies.load(cookies)
    headers = {"If-None-Match": version} if version else {}
    answer = browser.get(reverse("videos:job", args=[job.pk]), headers=headers)
    return answer.status_code, answer.headers.get("ETag", "")


@pytest.mark.parametrize("fields", [{"state": "queued"}, RUNNING, {"state": "assembling", "frames_done": 20}])
def test_a_job_that_looks_as_before_is_not_built_again(
    browser: Client, alice: User, job_of: JobMaker, fields: dict[str, object]
) -> None:
    job = job_of(alice, **fields)
    _status, version = poll(browser, job)
    assert poll(browser, job, version) == (304, version)


def test_such_a_poll_costs_three_queries(browser: Client, alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, **RUNNING)
    _status, version = poll(browser, job)
    with CaptureQueriesContext(connection) as queries:
        poll(browser, job, version)
    assert len(queries) == 3  # session, person, job


@pytest.mark.parametrize(
    "change", [{"frames_done": 4}, {"paused": "The disk is almost full."}, {"state": "done"}, {"state": "cancelled"}]
)
def test_a_job_that_has_changed_is_built(
    browser: Client, alice: User, job_of: JobMaker, change: dict[str, object]
) -> None:
    job = job_of(alice, **RUNNING)
    _status, version = poll(browser, job)
    Upscale.objects.filter(pk=job.pk).update(**change)
    assert poll(browser, job, version)[0] == 200


def test_a_job_whose_turn_comes_nearer_is_built(browser: Client, alice: User, job_of: JobMaker) -> None:
    first, second = job_of(alice), job_of(alice)
    _status, version = poll(browser, second)
    first.cancel()
    assert poll(browser, second, version)[0] == 200


@pytest.mark.parametrize("cookies", [{"csrftoken": "d" * 32}, {"django_language": "ko"}])
def test_another_token_or_language_is_another_answer(
    browser: Client, alice: User, job_of: JobMaker, cookies: dict[str, str]
) -> None:
    job = job_of(alice, **RUNNING)
    _status, version = poll(browser, job)
    assert poll(browser, job, version, **cookies)[0] == 200


def test_nobody_else_is_told_that_nothing_has_changed(
    browser: Client, alice: User, bob: User, job_of: JobMaker
) -> None:
    job = job_of(alice, **RUNNING)
    _status, version = poll(browser, job)
    browser.force_login(bob)
    assert poll(browser, job, version)[0] == 404
    browser.logout()
    assert poll(browser, job, version) == (200, "")  # and the page is loaded anew
