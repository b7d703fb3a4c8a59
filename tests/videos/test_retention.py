"""Nothing expires unless the site says so, nothing goes unannounced, and one click keeps it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.conftest import JobMaker
from tests.videos.test_views import CLIP
from videos import retention
from videos.cards import video_card
from videos.models import Upscale, Video
from videos.quotas import Refused, check_conversion, usage_of
from videos.work.sweeping import sweep

Made = Callable[..., Upscale]


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.fixture
def made(alice: User, job_of: JobMaker) -> Made:
    """Make a finished job of alice's with its files."""

    def make(days_ago: float, **fields: object) -> Upscale:
        finished = timezone.now() - days(days_ago)
        job = job_of(alice, pieces=1, state="done", finished=finished, file="result.mp4", size=500, **fields)
        Video.objects.filter(pk=job.video_id).update(facts=CLIP.to_json())
        job.folder.mkdir()
        for path in (job.video.source, job.video.index, job.video.poster, job.folder / job.file):
            path.write_bytes(b"x")
        return job

    return make


@pytest.fixture(autouse=True)
def policy(settings: Settings) -> Settings:
    settings.EMAIL_URL, settings.EXPIRY_NOTICE_DAYS = "smtp://mail.example.org", 7
    return settings


def days_left(when: datetime | None) -> float:
    assert when
    return (when - timezone.now()) / days(1)


def test_without_the_settings_everything_stays(made: Made) -> None:
    job = made(10_000)
    sweep()
    assert Upscale.objects.get().expires is None and mail.outbox == []
    assert retention.result_expires(job) is None
    assert job.video.source.exists() and job.result and job.result.exists()


def test_a_result_is_announced_by_one_mail_and_goes_a_week_later(made: Made, policy: Settings) -> None:
    policy.RESULT_DAYS = 30
    job, young = made(24), made(3)
    sweep()
    sweep()
    job.refresh_from_db()
    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    assert f"{job.expires:%Y}: clip.mp4, enlarged ×2" in message.body
    assert f"/videos/{job.video_id}/" in message.body and str(young.video_id) not in message.body
    assert 6.9 < days_left(job.expires) < 7
    Upscale.objects.filter(pk=job.pk).update(expires=timezone.now() - days(0.01), finished=timezone.now() - days(31))
    sweep()
    assert list(Upscale.objects.all()) == [young]
    assert not job.folder.exists() and job.video.source.exists()


def test_a_result_that_is_long_overdue_when_the_rule_comes_still_gets_its_week(made: Made, policy: Settings) -> None:
    made(1000)
    policy.RESULT_DAYS = 30
    sweep()
    assert 6.9 < days_left(Upscale.objects.get().expires) < 7.1


def test_nothing_goes_while_its_owner_cannot_be_told(
    made: Made, policy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    policy.RESULT_DAYS = 30
    made(1000)
    sweep()
    assert Upscale.objects.get().expires is None


def test_without_mail_the_page_is_the_notice(made: Made, policy: Settings) -> None:
    policy.EMAIL_URL, policy.RESULT_DAYS = "", 30
    job = made(29)
    sweep()
    job.refresh_from_db()
    assert mail.outbox == [] and 6.9 < days_left(job.expires) < 7.1


def test_one_click_keeps_a_result_and_an_original(made: Made, policy: Settings, client: Client, alice: User) -> None:
    policy.RESULT_DAYS = policy.ORIGINAL_DAYS = 30
    job = made(29)
    sweep()
    client.force_login(alice)
    page = client.get(reverse("videos:video", args=[job.video_id])).content.decode()
    assert "This result will be removed on" in page and "The original will be removed on" in page
    client.post(reverse("videos:keep_result", args=[job.pk]))
    page = client.post(reverse("videos:keep_original", args=[job.video_id]), follow=True).content.decode()
    assert "will be removed on" not in page and "stays until you delete it" in page
    Upscale.objects.update(finished=timezone.now() - days(1000))
    sweep()
    assert Upscale.objects.get().expires is None and Video.objects.get().original_expires is None


def test_only_the_owner_can_keep(made: Made, client: Client, charlie: User) -> None:
    job = made(29)
    client.force_login(charlie)
    for name, pk in (("keep_result", job.pk), ("keep_original", job.video_id)):
        assert client.post(reverse(f"videos:{name}", args=[pk])).status_code == 404
    assert not Upscale.objects.get().kept


def test_an_original_goes_and_its_results_stay(
    made: Made, policy: Settings, client: Client, alice: User, job_of: JobMaker
) -> None:
    policy.ORIGINAL_DAYS = 30
    job, alone = made(1000), job_of(alice, state="failed")
    alone.video.source.write_bytes(b"x")
    sweep()
    assert "the original of clip.mp4" in mail.outbox[0].body
    Video.objects.filter(pk=job.video_id).update(original_expires=timezone.now() - days(0.01))
    before = usage_of(alice).stored_bytes
    sweep()
    video = Video.objects.get(pk=job.video_id)
    assert not video.source.exists() and not video.index.exists()
    assert video.poster.exists() and job.result and job.result.exists() and alone.video.source.exists()
    assert before - usage_of(alice).stored_bytes == video.size
    with pytest.raises(Refused, match="upload it again"):
        check_conversion(video, 2)
    client.force_login(alice)
    assert client.get(reverse("videos:original", args=[video.pk])).status_code == 404
    page = client.get(reverse("videos:video", args=[video.pk])).content.decode()
    assert "The original was removed on" in page and reverse("videos:convert", args=[video.pk]) not in page


def test_an_original_that_is_worked_on_stays(made: Made, policy: Settings) -> None:
    policy.ORIGINAL_DAYS = 30
    job = made(1000)
    sweep()
    Video.objects.update(original_expires=timezone.now() - days(0.01))
    again = Upscale.objects.create(video=job.video, model="bicubic", scale=3)
    sweep()
    video = Video.objects.get()
    assert (video.original_expires, video.original_removed) == (None, None) and video.source.exists()
    assert video_card(video).expires is None
    again.delete()
    assert video_card(video).expires


def test_a_rule_that_is_taken_back_takes_its_dates_along(made: Made, policy: Settings) -> None:
    policy.RESULT_DAYS = 30
    made(29)
    sweep()
    assert Upscale.objects.get().expires
    policy.RESULT_DAYS = 0
    sweep()
    assert Upscale.objects.get().expires is None


def test_a_video_of_which_nothing_is_left_goes_too(made: Made, policy: Settings) -> None:
    policy.RESULT_DAYS = 30
    job = made(1000, expires=timezone.now() - days(1))
    Video.objects.update(original_removed=timezone.now() - days(500))
    sweep()
    assert not Video.objects.exists() and not job.video.folder.exists()


def test_prune_says_what_it_would_remove_and_removes_it(
    made: Made, policy: Settings, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    policy.RESULT_DAYS = 30
    job = made(1000, expires=timezone.now() - days(1))
    late = Video.objects.create(owner=alice, name="late.mp4", size=9, expires=timezone.now() - days(1))
    stray = job.video.folder / "index-00000000-0000-4000-8000-000000000000.npz"
    stray.write_bytes(b"x")
    call_command("prune", dry_run=True)
    told = capsys.readouterr().out
    assert told.splitlines() == [
        "result of clip.mp4 x2, alice@example.org, 500\xa0bytes",
        "unfinished upload of late.mp4, alice@example.org, 0\xa0bytes",
        f"file without a row, {job.video_id}/{stray.name}",
        "3 would be removed.",
    ]
    assert Upscale.objects.exists() and stray.exists()
    call_command("prune")
    assert "3 removed." in capsys.readouterr().out
    assert not Upscale.objects.exists() and not Video.objects.filter(pk=late.pk).exists() and not stray.exists()
