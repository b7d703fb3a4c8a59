"""How often one may begin something: a sentence, 429, and when to come back."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.conftest import JobMaker
from videos import limits
from videos.models import Upscale, Video

TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "4"}


@pytest.fixture(autouse=True)
def two_an_hour(settings: Settings) -> None:
    settings.UPLOADS_PER_HOUR = settings.JOBS_PER_HOUR = 2
    cache.clear()


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_the_third_upload_of_an_hour_is_refused_with_the_time_to_wait(browser: Client) -> None:
    answers = [browser.post("/uploads/", headers=TUS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert "2 uploads this hour" in answers[2].content.decode()
    assert 0 < int(answers[2]["Retry-After"]) <= 3600
    assert answers[2]["Tus-Resumable"] == "1.0.0"
    assert Video.objects.count() == 2


def test_the_plain_form_counts_too_and_shows_a_page(browser: Client, alice: User) -> None:
    limits.count_upload(alice)
    limits.count_upload(alice)
    with open(__file__, "rb") as file:
        answer = browser.post("/upload/", {"file": file})
    assert answer.status_code == 429 and "Retry-After" in answer
    assert "2 uploads this hour" in answer.content.decode()
    assert not Video.objects.exists()


def test_the_third_conversion_of_an_hour_is_refused(
    browser: Client, alice: User, job_of: JobMaker, calls: list[str]
) -> None:
    video = job_of(alice).video
    address = f"/videos/{video.pk}/convert/"
    answers = [browser.post(address, {"scale": scale, "model": "bicubic"}) for scale in (2, 3, 4)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "2 conversions this hour" in answers[2].content.decode()
    assert Upscale.objects.count() == 3


def test_trying_again_counts_as_a_conversion(browser: Client, alice: User, job_of: JobMaker, calls: list[str]) -> None:
    job = job_of(alice, state="failed")
    limits.count_job(alice)
    limits.count_job(alice)
    assert browser.post(f"/results/{job.pk}/retry/").status_code == 429
    job.refresh_from_db()
    assert job.state == "failed"


def test_one_persons_limit_is_not_anothers(alice: User, bob: User) -> None:
    for _ in range(2):
        limits.count_upload(alice)
    limits.count_upload(bob)
    with pytest.raises(limits.TooMany):
        limits.count_upload(alice)


def test_the_next_hour_begins_anew(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.time, "time", lambda: 7199.0)
    limits.count_job(alice)
    limits.count_job(alice)
    with pytest.raises(limits.TooMany) as refused:
        limits.count_job(alice)
    assert refused.value.seconds == 1
    monkeypatch.setattr(limits.time, "time", lambda: 7200.0)
    limits.count_job(alice)


def test_a_count_that_a_full_cache_threw_out_is_no_error(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.cache, "add", lambda *entry: True)
    limits.count_upload(alice)


def test_without_a_limit_nothing_is_refused(alice: User, settings: Settings) -> None:
    settings.UPLOADS_PER_HOUR = 0
    for _ in range(5):
        limits.count_upload(alice)


@pytest.mark.parametrize(
    "address, tries", [("/accounts/signup/", 20), ("/accounts/login/", 30), ("/accounts/password/reset/", 5)]
)
def test_trying_to_get_in_too_often_is_told_with_the_time_to_wait(
    client: Client, db: None, settings: Settings, address: str, tries: int
) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    form = {"email": "nobody@example.org"}
    for _ in range(tries):
        assert client.post(address, form).status_code < 400
    answer = client.post(address, form)
    assert answer.status_code == 429 and answer["Retry-After"] == "60"
    assert "wait a minute" in answer.content.decode()
