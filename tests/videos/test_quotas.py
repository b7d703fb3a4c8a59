"""Limits: on the user's row, else the site's; every refusal is one sentence."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import GroupLimits, User
from tests.conftest import JobMaker
from videos import jobs, quotas, storage
from videos.models import Upscale, Video
from videos.quotas import Refused, check_upload, media_limits, quota_of


def test_the_users_own_limit_goes_before_the_sites(alice: User, settings: Settings) -> None:
    settings.MAX_VIDEOS, settings.MAX_FRAMES = 5, 700
    alice.max_videos, alice.max_seconds = 0, 60
    quota = quota_of(alice)
    assert (quota.videos, quota.frames, quota.seconds) == (0, 700, 60)
    assert (media_limits(alice).frames, media_limits(alice).seconds) == (700, 60)


def group(name: str, user: User, **limits: int) -> None:
    made = Group.objects.create(name=name)
    GroupLimits.objects.create(group=made, **limits)
    user.groups.add(made)


def test_the_most_generous_group_goes_before_the_site_and_the_users_own_before_it(
    alice: User, settings: Settings
) -> None:
    settings.MAX_VIDEOS, settings.MAX_JOBS, settings.MAX_MONTH_WORK = 5, 6, 7
    group("guests", alice, max_videos=1, max_jobs=2)
    group("editors", alice, max_videos=50, max_jobs=1)
    alice.groups.add(Group.objects.create(name="without limits"))
    quota = quota_of(alice)
    assert (quota.videos, quota.jobs, quota.month_work) == (50, 2, 7)
    alice.max_videos = 3
    assert quota_of(alice).videos == 3


def test_groups_are_asked_for_once(alice: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    group("editors", alice, max_videos=50)
    with django_assert_num_queries(1):
        assert quota_of(alice).videos == quota_of(alice).videos == 50


def test_a_job_more_than_allowed_at_once_is_refused_and_samples_do_not_count(
    alice: User, job_of: JobMaker, calls: list[str]
) -> None:
    video = job_of(alice).video
    job_of(alice, sample=True)
    alice.max_jobs = 2
    alice.save()
    video.refresh_from_db()
    jobs.convert(video, "bicubic", 2)
    with pytest.raises(Refused, match="2 conversions waiting or in work"):
        jobs.convert(video, "bicubic", 2)


def test_work_beyond_what_is_left_this_month_is_refused_with_the_day_it_begins_anew(
    alice: User, job_of: JobMaker, calls: list[str]
) -> None:
    video = job_of(alice, pieces=20).video
    Video.objects.update(facts={"notes": [], "video": {"width": 1000, "height": 1000}})
    alice.max_month_work = 500
    alice.save()
    video = Video.objects.get(pk=video.pk)
    for _ in range(2):
        jobs.convert(video, "bicubic", 2)
    with pytest.raises(Refused, match="takes 200 megapixel-frames and you have 100 left this month; wait until 1 "):
        jobs.convert(video, "bicubic", 2)
    assert quotas.left_work(alice) == 100


@pytest.mark.parametrize(
    ("limits", "size", "said"),
    [
        ({}, 0, "empty"),
        ({"max_upload_bytes": 99}, 100, "at most 99"),
        ({"max_videos": 1}, 100, "1 videos, which is the limit"),
        ({"max_stored_bytes": 1099}, 100, "delete something first"),
    ],
)
def test_an_upload_beyond_a_limit_is_refused_in_one_sentence(
    alice: User, limits: dict[str, int], size: int, said: str
) -> None:
    Video.objects.create(owner=alice, name="a.mp4", size=1000)
    for name, value in limits.items():
        setattr(alice, name, value)
    with pytest.raises(Refused, match=said):
        check_upload(alice, size)


def test_an_upload_that_the_disk_cannot_take_is_refused(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "spare_bytes", lambda: 99)
    check_upload(alice, 99)
    with pytest.raises(Refused, match="disk is almost full"):
        check_upload(alice, 100)


def test_the_reserve_is_not_spare(settings: Settings) -> None:
    free = storage.spare_bytes() + settings.DISK_RESERVE_BYTES
    settings.DISK_RESERVE_BYTES = 10 * free
    assert storage.is_full()


def test_results_count_as_stored(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice)
    Upscale.objects.filter(pk=job.pk).update(size=500)
    assert quotas.usage_of(alice) == quotas.Usage(stored_bytes=1500, videos=1, month_work=0, jobs=1)


def test_a_result_beyond_the_largest_picture_is_refused(alice: User, job_of: JobMaker, settings: Settings) -> None:
    settings.MAX_RESULT_PIXELS = 128 * 96
    video = job_of(alice).video
    jobs.convert(video, "bicubic", 2)
    with pytest.raises(Refused, match="192x144"):
        jobs.convert(video, "bicubic", 3)


def test_a_conversion_needs_room_on_the_disk(alice: User, job_of: JobMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    video = job_of(alice).video
    monkeypatch.setattr(storage, "spare_bytes", lambda: 1000)
    with pytest.raises(Refused, match="disk is almost full"):
        jobs.convert(video, "bicubic", 2)


def test_a_video_that_is_not_checked_is_not_converted(alice: User) -> None:
    video = Video.objects.create(owner=alice, name="a.mp4", size=1, state="checking")
    with pytest.raises(Refused, match="not ready"):
        jobs.convert(video, "bicubic", 2)


def test_four_hundred_episodes_fit_as_the_site_is_delivered(alice: User, settings: Settings) -> None:
    facts = {"video": {"width": 720, "height": 576}}
    rows = [
        Video(owner=alice, name=f"{n}.mp4", size=40 << 20, state="ready", facts=facts, frames=24 * 60 * 24)
        for n in range(399)
    ]
    Video.objects.bulk_create(rows)
    Upscale.objects.bulk_create(Upscale(video=row, model="bicubic", scale=2, frames=row.frames) for row in rows)
    quotas.check_upload(alice, 40 << 20)
    quotas.check_work(rows[0], rows[0].frames or 0)
    assert settings.MAX_VIDEOS >= 400 <= settings.MAX_JOBS
    example = Path(".env.example").read_text()
    assert f"#MAX_VIDEOS={settings.MAX_VIDEOS}" in example and f"#MAX_JOBS={settings.MAX_JOBS}" in example
