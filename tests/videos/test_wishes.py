"""One setting for many: each is converted once it has been checked, and a broken one holds up no other."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from tests.duf.clips import make as make_clip
from tests.videos.test_checking import checked, uploaded
from tests.videos.test_views import CLIP
from videos import wishes
from videos.forms import ConvertForm
from videos.measured import Trial
from videos.models import Upscale, Video
from videos.work import sweeping

SO = {"scale": "2", "model": "bicubic", "codec": "h265", "quality": "small"}


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def video(owner: User, **fields: object) -> Video:
    return Video.objects.create(
        **{"owner": owner, "name": "a.mp4", "size": 1000, "state": "ready", "facts": CLIP.to_json(), "frames": 9}
        | fields
    )


def wish(videos: QuerySet[Video] | None = None, **other: str) -> int:
    form = ConvertForm(SO | other)
    assert form.is_valid()
    return wishes.make(Video.objects.all() if videos is None else videos, form)


@pytest.mark.django_db(transaction=True)
def test_a_checked_video_becomes_a_job_and_the_wish_is_over(alice: User, calls: list[str]) -> None:
    row = video(alice)
    assert wish() == 1 and "grant" in calls
    wishes.grant_all()
    wishes.grant_all()
    job = Upscale.objects.get()
    assert (job.video, job.model, job.scale, job.settings) == (row, "bicubic", 2, {"codec": "h265", "crf": 23})
    row.refresh_from_db()
    assert row.wish is None


@pytest.mark.django_db(transaction=True)
def test_good_ones_of_a_batch_are_converted_beside_broken_ones(alice: User, calls: list[str], tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=5).read_bytes()
    batch = [uploaded(alice, content) for content in (clip, b"a letter to a friend", clip)]
    assert wish() == 3
    wishes.grant_all()
    assert not Upscale.objects.exists()  # nothing is checked yet
    states = [checked(row).state for row in batch]
    assert sorted(states) == ["ready", "ready", "refused"] and "grant" in calls
    assert not Trial.objects.exists()  # nobody waits for a quote
    wishes.grant_all()
    assert Upscale.objects.filter(state="queued").count() == 2


def test_what_cannot_be_granted_says_why_and_can_be_tried_again(
    browser: Client, alice: User, settings: Settings
) -> None:
    video(alice)
    settings.MAX_STORED_BYTES = 100
    wish()
    wishes.grant_all()
    job = Upscale.objects.get()
    assert job.state == "failed" and "delete something first" in job.reason
    settings.MAX_STORED_BYTES = 10**9
    browser.post(reverse("videos:retry_listed"))
    job.refresh_from_db()
    assert job.state == "queued"


def test_a_batch_waits_while_its_owner_has_as_many_jobs_as_may_be(alice: User, bob: User, settings: Settings) -> None:
    settings.MAX_JOBS = 2
    for owner in (alice, alice, alice, bob):
        video(owner)
    wish()
    wishes.grant_all()
    assert Upscale.objects.filter(state="queued").count() == 3 and not Upscale.objects.filter(state="failed").exists()
    assert wishes.waiting().get().owner == alice
    Upscale.objects.filter(video__owner=alice).update(state="done")
    wishes.grant_all()
    assert not wishes.waiting().exists()


def test_a_choice_that_no_longer_is_one_fails_with_its_sentence(alice: User) -> None:
    video(alice, wish={"scale": ["2"], "model": ["gone"]})
    wishes.grant_all()
    assert "gone" in Upscale.objects.get(state="failed").reason


def test_a_refused_video_and_a_removed_original_are_past_wishing(alice: User) -> None:
    video(alice, state="refused")
    video(alice, original_removed="2026-01-01T00:00Z")
    assert wish() == 0


@pytest.mark.django_db(transaction=True)
def test_the_sweep_finds_a_wish_whose_call_was_lost(alice: User, calls: list[str]) -> None:
    video(alice, wish={"scale": ["2"], "model": ["bicubic"]})
    sweeping.wake()
    assert "grant" in calls


def test_all_that_is_listed_and_new_is_converted_in_one_way(browser: Client, alice: User, bob: User) -> None:
    new, arriving = video(alice), video(alice, state="uploading")
    other, theirs = video(alice, name="b.mp4"), video(bob)
    had = video(alice)
    Upscale.objects.create(video=had, model="bicubic", scale=3, state="done")
    assert "Convert all 2 not converted yet" in browser.get("/?q=a.mp4").content.decode()
    answer = browser.post(reverse("videos:convert_listed") + "?q=a.mp4", SO, follow=True)
    assert "2 are converted so." in answer.content.decode()
    assert set(Video.objects.filter(wish__isnull=False)) == {new, arriving}
    assert "It will be converted by itself: ×2 bicubic" in answer.content.decode()
    assert other.wish is theirs.wish is None
    answer = browser.post(reverse("videos:convert_listed") + "?q=a.mp4", SO, follow=True)
    assert "All of them are converted, or on their way" in answer.content.decode()


def test_a_choice_that_is_none_is_refused_in_a_sentence(browser: Client, alice: User) -> None:
    row = video(alice)
    assert "16" in browser.post(reverse("videos:convert_listed"), SO | {"scale": "16"}, follow=True).content.decode()
    answer = browser.post(reverse("videos:wish", args=[row.pk]), SO | {"scale": "16", "at_once": "on"})
    assert answer.status_code == 422 and "16" in answer.content.decode()
    assert not Video.objects.filter(wish__isnull=False).exists()


def test_a_file_of_a_folder_gets_its_tag_and_its_wish_while_it_arrives(browser: Client, alice: User) -> None:
    row = video(alice, state="uploading")
    address = reverse("videos:wish", args=[row.pk])
    assert browser.post(address, SO | {"tag": "Season 1, 2006 " + "x" * 50, "at_once": "on"}).status_code == 204
    row.refresh_from_db()
    assert row.wish and row.tags.get().name == ("Season 1 2006 " + "x" * 25)
    browser.post(address, {"tag": "other"})
    row.refresh_from_db()
    assert row.wish and row.tags.count() == 2


def test_what_is_told_twice_is_converted_once(browser: Client, alice: User) -> None:
    row = video(alice)
    for _ in range(2):
        browser.post(reverse("videos:wish", args=[row.pk]), SO | {"at_once": "on"})
        wishes.grant_all()
    assert Upscale.objects.count() == 1


def test_a_card_with_a_wish_is_polled_until_there_is_a_job(browser: Client, alice: User) -> None:
    row = video(alice)
    address = reverse("videos:card", args=[row.pk])
    assert 'hx-trigger="every 2s"' not in browser.get(address).content.decode()
    wish()
    shown = browser.get(address).content.decode()
    assert 'hx-trigger="every 2s"' in shown and "<summary>Convert" not in shown


def test_a_plain_form_converts_without_javascript(browser: Client, settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    browser.post("/upload/", SO | {"file": SimpleUploadedFile("a.mp4", b"01234"), "at_once": "on"})
    assert (Video.objects.get().wish or {})["scale"] == ["2"]
