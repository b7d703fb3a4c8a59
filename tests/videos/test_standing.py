"""What fills up is seen before it bites, and what goes soon is kept with one click."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.conftest import JobMaker
from tests.videos.test_views import CLIP
from videos.models import Upscale, Video
from videos.spending import Spent
from videos.standing import standing


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def text(browser: Client, address: str) -> str:
    return browser.get(address).content.decode().replace("\xa0", " ")


def test_both_pages_show_the_month_and_the_disk(browser: Client, alice: User, settings: Settings) -> None:
    settings.MAX_MONTH_WORK, settings.MAX_STORED_BYTES = 20_000, 4 << 30
    Spent.objects.create(owner=alice, pixels=1_000_000, frames=12_345)
    for address in ("/", "/accounts/"):
        page = text(browser, address)
        assert "12,345 of 20,000 megapixel-frames" in page and "0 bytes of 4.0 GB" in page


def test_whoever_has_nothing_yet_is_not_told_of_limits(alice: User) -> None:
    assert standing(alice)["meters"] == []


def test_the_dashboard_shows_what_is_nearly_full_beside(alice: User, job_of: JobMaker) -> None:
    job_of(alice)
    assert [meter.name for meter in standing(alice)["meters"]] == ["disk"]
    alice.max_month_work = 1000
    Spent.objects.create(owner=alice, pixels=1_000_000, frames=9)
    assert [meter.name for meter in standing(alice)["meters"]] == ["disk"]
    Spent.objects.create(owner=alice, pixels=1_000_000, frames=1)
    assert [meter.name for meter in standing(alice)["meters"]] == ["month", "disk"]
    alice.max_videos, alice.max_jobs = 1, 2
    assert [(meter.name, meter.near) for meter in standing(alice)["meters"][2:]] == [("videos", True)]
    alice.max_month_work = 0
    month = standing(alice)["meters"][0]
    assert month.near and month.value == month.most == 1


def test_a_quote_says_what_it_takes_of_the_month(
    browser: Client, alice: User, job_of: JobMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = job_of(alice).video
    Video.objects.update(facts=CLIP.to_json(), frames=1000)
    monkeypatch.setattr("videos.quotes._past_paces", lambda *row: [1.0] * 3)
    alice.max_month_work = 500
    alice.save()
    address = f"/videos/{video.pk}/quote/"
    assert "It takes 102 of the 500 megapixel-frames that you have left this month." in text(browser, address)
    Spent.objects.create(owner=alice, pixels=1_000_000, frames=450)
    assert "It takes 102 megapixel-frames and you have 50 left this month: wait until" in text(browser, address)


@pytest.fixture
def going(alice: User, job_of: JobMaker, settings: Settings) -> list[Upscale]:
    """Results that go in one to seven days, and the original of the first, which goes before them."""
    settings.RESULT_DAYS = settings.ORIGINAL_DAYS = 30
    jobs = [job_of(alice, state="done") for _ in range(7)]
    for days, job in enumerate(jobs, start=1):
        Upscale.objects.filter(pk=job.pk).update(expires=timezone.now() + timedelta(days=days))
    Video.objects.update(facts=CLIP.to_json())
    Video.objects.filter(pk=jobs[0].video_id).update(original_expires=timezone.now())
    return jobs


def test_what_goes_soon_stands_on_the_dashboard_the_first_first(
    browser: Client, alice: User, bob: User, going: list[Upscale], job_of: JobMaker
) -> None:
    Upscale.objects.filter(pk=job_of(bob, state="done").pk).update(expires=timezone.now())
    shown = standing(alice)
    rows = [one.row for one in shown["going"]]
    assert rows == [going[0].video, *going[:4]] and shown["going_in_all"] == 8
    page = text(browser, "/")
    assert "The first 5 of 8" in page and f"/results/{going[0].pk}/keep/" in page
    assert f"/videos/{going[0].video_id}/keep/" in page


def test_one_click_keeps_one_and_another_all(browser: Client, alice: User, bob: User, going: list[Upscale]) -> None:
    browser.post(f"/results/{going[0].pk}/keep/", {"dashboard": ""})
    assert standing(alice)["going_in_all"] == 7
    other = Client()
    other.force_login(bob)
    other.post("/keep/")
    assert standing(alice)["going_in_all"] == 7
    assert browser.post("/keep/")["Location"] == "/"
    assert standing(alice)["going_in_all"] == 0
    assert set(Upscale.objects.values_list("kept", "expires")) == {(True, None)}
    assert Video.objects.get(pk=going[0].video_id).kept
    assert not Video.objects.get(pk=going[1].video_id).kept  # of this one nothing was going
    assert "Removed soon" not in text(browser, "/")


def test_however_much_is_there_the_standing_takes_as_many_queries(
    browser: Client, going: list[Upscale], django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        browser.get("/")
