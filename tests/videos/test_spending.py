"""What counts of a month: what was asked for, less what was not made; never less because something was deleted."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.conftest import JobMaker
from videos import jobs, spending
from videos.models import Upscale, Video
from videos.spending import Spent, this_month

MEGAPIXEL = {"notes": [], "video": {"width": 1000, "height": 1000}}
FRAMES = 20


@pytest.fixture
def job(alice: User, job_of: JobMaker, calls: list[str]) -> Upscale:
    """Asked for, of twenty frames of a million pixels."""
    video = job_of(alice, state="done").video
    Video.objects.filter(pk=video.pk).update(facts=MEGAPIXEL)
    return jobs.convert(Video.objects.get(pk=video.pk), "bicubic", 2)


def made(job: Upscale, state: str, frames: int) -> Upscale:
    Upscale.objects.filter(pk=job.pk).update(state=state, frames_done=frames)
    job.refresh_from_db()
    return job


def test_work_counts_from_the_moment_it_is_asked_for(alice: User, bob: User, job: Upscale) -> None:
    assert (this_month(alice), this_month(bob)) == (FRAMES, 0)


def test_deleting_what_was_made_gives_nothing_back(alice: User, job: Upscale) -> None:
    jobs.remove_video(made(job, "done", FRAMES).video)
    assert not Video.objects.exists() and this_month(alice) == FRAMES


@pytest.mark.parametrize("end", [jobs.cancel, jobs.remove_upscale, lambda job: jobs.remove_video(job.video)])
def test_what_was_not_made_comes_back_however_it_ends(alice: User, job: Upscale, end: object) -> None:
    end(made(job, "running", 5))  # type: ignore[operator]
    assert this_month(alice) == 5


def test_cancelling_what_has_ended_changes_nothing(alice: User, job: Upscale) -> None:
    assert not jobs.cancel(made(job, "done", FRAMES))
    assert this_month(alice) == FRAMES


def test_what_has_failed_comes_back_and_counts_again_when_it_is_tried_again(alice: User, job: Upscale) -> None:
    made(job, "failed", 8)
    assert this_month(alice) == 8
    jobs.retry(job)
    assert this_month(alice) == FRAMES
    made(job, "failed", 11)
    assert this_month(alice) == 11
    jobs.remove_upscale(job)
    assert this_month(alice) == 11


def test_what_was_cancelled_is_made_anew_and_counts_anew(alice: User, job: Upscale) -> None:
    jobs.cancel(made(job, "running", 5))
    jobs.retry(job)
    assert this_month(alice) == 5 + FRAMES


def test_frames_that_a_sample_has_made_count_once(alice: User, job: Upscale) -> None:
    job.delete()
    Spent.objects.all().delete()
    whole = Upscale.objects.get()
    spending.charge(whole, 15)  # five were there
    made(whole, "failed", 5)
    assert this_month(alice) == 0
    made(whole, "failed", 12)
    assert this_month(alice) == 7


def test_each_month_begins_anew(alice: User, job: Upscale) -> None:
    Spent.objects.update(when=timezone.localtime().replace(day=1, hour=0, minute=0) - timedelta(minutes=1))
    assert this_month(alice) == 0


@pytest.mark.parametrize("month, next_one", [(11, "1 December"), (12, "1 January")])
def test_the_day_is_told_on_which_the_count_begins_anew(
    month: int, next_one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.localtime", lambda: datetime(2026, month, 30, 12, tzinfo=UTC))
    assert spending.next_month() == next_one


def test_an_account_that_is_deleted_takes_its_count_along(alice: User, job: Upscale) -> None:
    jobs.remove_account(alice)
    assert not Spent.objects.exists()
