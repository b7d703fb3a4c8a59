"""What an administrator sees and does, and that lists stay quick when there is much to list."""

import time
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.conftest import FACTS, JobMaker
from videos.models import Segment, Upscale, Video

LISTS = ["/admin/accounts/user/", "/admin/videos/video/", "/admin/videos/upscale/", "/admin/videos/segment/"]


@pytest.fixture
def desk(admin: User, client: Client) -> Client:
    client.force_login(admin)
    return client


def act(desk: Client, action: str, *jobs: Upscale) -> str:
    data = {"action": action, "_selected_action": [str(job.pk) for job in jobs]}
    return desk.post("/admin/videos/upscale/", data, follow=True).content.decode()


def test_the_lists_show_quota_usage_progress_attempts_and_reason(desk: Client, alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, frames_done=5)
    job.segments.update(attempts=2, reason="The decoder broke down.")
    User.objects.filter(pk=alice.pk).update(max_videos=7)
    pages = {address: desk.get(address).content.decode() for address in LISTS}
    assert "1 of 7" in pages[LISTS[0]] and "1000" in pages[LISTS[0]]
    assert "clip.mp4" in pages[LISTS[1]]
    assert "25 %" in pages[LISTS[2]] and "alice@example.org" in pages[LISTS[2]]
    assert "The decoder broke down." in pages[LISTS[3]]


@pytest.mark.parametrize("address", LISTS)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(
    desk: Client, alice: User, job_of: JobMaker, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        job_of(alice)
    with django_assert_max_num_queries(8):
        assert desk.get(address).status_code == 200


@pytest.mark.parametrize("address", LISTS)
def test_every_list_can_be_searched(desk: Client, alice: User, job_of: JobMaker, address: str) -> None:
    job_of(alice)
    word = "alice" if "user" in address else "clip"
    assert "0 results" not in desk.get(address, {"q": word}).content.decode()
    assert "0 results" in desk.get(address, {"q": "nothing of that name"}).content.decode()


def test_one_row_of_each_kind_opens(desk: Client, alice: User, job_of: JobMaker) -> None:
    job = job_of(alice)
    keys: list[uuid.UUID | int] = [alice.pk, job.video_id, job.pk, job.segments.earliest("number").pk]
    for address, key in zip(LISTS, keys, strict=True):
        assert desk.get(f"{address}{key}/change/").status_code == 200


def test_cancel_and_requeue(desk: Client, alice: User, job_of: JobMaker, calls: list[str]) -> None:
    job, ended = job_of(alice), job_of(alice, state="done")
    assert "1 of 2 jobs cancelled" in act(desk, "cancel", job, ended)
    job.refresh_from_db()
    assert job.state == "cancelled"
    act(desk, "requeue", job)
    job.refresh_from_db()
    assert job.state == "queued"


def test_priority(desk: Client, alice: User, job_of: JobMaker) -> None:
    job = job_of(alice)
    act(desk, "raise_priority", job)
    act(desk, "raise_priority", job)
    act(desk, "lower_priority", job)
    job.refresh_from_db()
    assert job.priority == 1


def test_purge_takes_ended_jobs_with_their_files_and_leaves_the_rest(
    desk: Client, alice: User, job_of: JobMaker
) -> None:
    active, ended = job_of(alice), job_of(alice, state="failed")
    for job in (active, ended):
        job.folder.mkdir()
    act(desk, "purge", active, ended)
    assert list(Upscale.objects.all()) == [active]
    assert active.folder.exists() and not ended.folder.exists()


def test_purge_leaves_originals_that_nothing_was_made_of(desk: Client, alice: User, job_of: JobMaker) -> None:
    made, failed = job_of(alice, state="done").video, job_of(alice, state="failed").video
    data = {"action": "purge", "_selected_action": [str(made.pk), str(failed.pk)]}
    shown = desk.post("/admin/videos/video/", data, follow=True).content.decode()
    assert "1 videos removed" in shown and "1 without a result left" in shown
    assert list(Video.objects.all()) == [failed]
    assert failed.folder.exists() and not made.folder.exists()


def test_deleting_a_person_takes_the_files_along(desk: Client, alice: User, job_of: JobMaker) -> None:
    job = job_of(alice)
    desk.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert not job.video.folder.exists()


def test_a_person_is_added_by_e_mail(desk: Client) -> None:
    password = {"password1": "long enough 7", "password2": "long enough 7", "usable_password": "true"}
    desk.post("/admin/accounts/user/add/", {"email": "new@example.org", **password})
    assert User.objects.filter(email="new@example.org").exists()


def test_others_do_not_get_in(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(LISTS[2]).status_code in {302, 403}


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_hundred_thousand_rows_open_in_under_a_second(desk: Client) -> None:
    fill(100_000)
    for address in LISTS:
        desk.get(address)  # templates are compiled once
        for query in ({}, {"p": "2"}):
            start = time.process_time()
            assert desk.get(address, query).status_code == 200
            assert time.process_time() - start < 1.0, (address, query)


def fill(number: int) -> None:
    """So many people, each with a video, a job and a segment."""
    now = timezone.now()
    people = User.objects.bulk_create(
        User(email=f"person {n}@example.org", date_joined=now - timedelta(seconds=n)) for n in range(number)
    )
    videos = Video.objects.bulk_create(
        Video(owner=person, name=f"{person.email}.mp4", size=1000, state="ready", facts=FACTS) for person in people
    )
    jobs = Upscale.objects.bulk_create(
        Upscale(video=video, model="bicubic", scale=2, state="done", frames=10) for video in videos
    )
    Segment.objects.bulk_create(Segment(upscale=job, number=0, start=0, stop=10, state="done") for job in jobs)


def test_a_group_gets_limits_and_a_person_shows_what_is_used_of_them(desk: Client, alice: User) -> None:
    management = {"limits-TOTAL_FORMS": "1", "limits-INITIAL_FORMS": "0"}
    form = {"name": "editors", "limits-0-max_month_work": "5000", "limits-0-max_jobs": "3", **management}
    assert desk.post("/admin/auth/group/add/", form).status_code == 302
    alice.groups.set(Group.objects.all())
    page = desk.get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()
    assert "0.0 of 5000 megapixel-frames this month, 0 of 3 jobs at once" in page
    assert 'name="max_month_work"' in page and 'name="max_jobs"' in page
