"""Two who change the same rows at the same moment: one wins, nobody waits in a circle, and nothing is counted wrong."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from tests.conftest import JobMaker
from videos import jobs, quotas, uploads
from videos.models import Segment, Upscale, Video
from videos.work.claiming import claim_next, keep

LONG_AGO = "2020-01-01T00:00:00Z"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner@example.org")


def together(*calls: Callable[[], Any]) -> list[Any]:
    """What each returned, or raised, when all were made at once."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def meanwhile(pool: ThreadPoolExecutor, call: Callable[[], Any]) -> "Future[Any]":
    """Begin something that must wait for the transaction that is open here."""

    def run() -> Any:
        try:
            return call()
        finally:
            connection.close()

    begun = pool.submit(run)
    with pytest.raises(TimeoutError):
        begun.result(timeout=0.3)
    return begun


def claimed() -> Segment:
    segment = claim_next()
    assert segment
    return segment


def test_who_waited_for_a_row_looks_at_it_again(owner: User, job_of: JobMaker) -> None:
    job_of(owner, pieces=1)
    late = claimed()
    Segment.objects.update(lease=LONG_AGO)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            current = claimed()
            done = meanwhile(pool, lambda: late.done("late.nut"))
        assert done.result() is False
    assert current.done("current.nut")


def test_nobody_takes_up_a_job_that_is_just_being_cancelled(owner: User, job_of: JobMaker) -> None:
    job = job_of(owner, pieces=1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            job.cancel()
            claim = meanwhile(pool, claim_next)
        assert claim.result() is None


def test_every_frame_counts_however_many_tell_of_theirs_at_once(owner: User, job_of: JobMaker) -> None:
    job = job_of(owner, pieces=4)
    segments = [claimed() for _ in range(4)]
    for frames in range(1, 8):
        assert all(together(*(partial(keep, segment, frames) for segment in segments)))
        job.refresh_from_db()
        assert job.frames_done == 4 * frames


def test_a_job_that_is_worked_on_may_be_cancelled_failed_or_deleted(owner: User, job_of: JobMaker) -> None:
    ways: list[Callable[[Upscale, Segment], Any]] = [
        lambda job, segment: jobs.cancel(job),
        lambda job, segment: segment.fail("It broke."),
        lambda job, segment: jobs.remove_upscale(job),
        lambda job, segment: jobs.remove_video(job.video),
    ]
    for end in ways * 3:
        job = job_of(owner, pieces=3)
        segments = [claimed() for _ in range(3)]
        beats = [partial(keep, segment, 5) for segment in segments[:2]]
        answers = together(partial(end, job, segments[2]), claim_next, *beats)
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert not any(keep(segment, 6) for segment in segments)


def test_two_wishes_do_not_share_the_last_room(owner: User) -> None:
    owner.max_videos = 1
    owner.save()
    answers = together(*[lambda: uploads.announce(owner, "clip.mp4", 10)] * 4)
    assert len([answer for answer in answers if isinstance(answer, Video)]) == 1
    assert len([answer for answer in answers if isinstance(answer, uploads.Problem)]) == 3


def test_two_jobs_do_not_share_the_last_place(owner: User, job_of: JobMaker, calls: list[str]) -> None:
    owner.max_jobs = 1
    owner.save()
    videos = [job_of(owner, state="done").video for _ in range(2)]
    answers = together(*[partial(jobs.convert, video, "bicubic", 2) for video in videos * 2])
    assert len([answer for answer in answers if isinstance(answer, Upscale)]) == 1
    assert len([answer for answer in answers if isinstance(answer, quotas.Refused)]) == 3


def test_two_jobs_do_not_share_the_last_work_of_the_month(owner: User, job_of: JobMaker, calls: list[str]) -> None:
    videos = [job_of(owner, pieces=40, state="done").video for _ in range(2)]
    owner.max_month_work = 1  # 400 frames of 64x48 are 1.2
    owner.save()
    Video.objects.update(frames=300)  # 0.9
    answers = together(*[partial(jobs.convert, Video.objects.get(pk=video.pk), "bicubic", 2) for video in videos * 2])
    assert len([answer for answer in answers if isinstance(answer, Upscale)]) == 1
    assert len([answer for answer in answers if isinstance(answer, quotas.Refused)]) == 3


def test_a_video_that_was_just_deleted_is_not_converted(owner: User, job_of: JobMaker) -> None:
    video = job_of(owner, state="done").video
    seen = Video.objects.get(pk=video.pk)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            jobs.remove_video(video)
            convert = meanwhile(pool, lambda: jobs.convert(seen, "bicubic", 2))
        with pytest.raises(quotas.Refused, match="deleted"):
            convert.result()
