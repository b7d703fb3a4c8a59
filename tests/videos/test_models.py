"""Transitions: each happens once, from the right state, and only for whoever holds the row."""

import uuid

import pytest
from django.db.models import Q

from accounts.models import User
from tests.conftest import JobMaker
from videos.models import Segment, Upscale, Video
from videos.work.claiming import claim_next

State = Upscale.State


@pytest.fixture
def job(alice: User, job_of: JobMaker) -> Upscale:
    return job_of(alice)


def taken() -> Segment:
    segment = claim_next()
    assert segment is not None
    return segment


def test_an_upload_is_complete_once(alice: User) -> None:
    video = Video.objects.create(owner=alice, name="a.mp4", size=1)
    assert video.uploaded() and not video.uploaded()
    assert video.state == Video.State.CHECKING


def test_only_the_holder_finishes_a_check(alice: User) -> None:
    video = Video.objects.create(owner=alice, name="a.mp4", size=1, state="checking", holder=uuid.uuid4())
    stale = Video.objects.get(pk=video.pk)
    stale.holder = uuid.uuid4()
    assert not stale.ready(frames=3)
    assert video.ready(frames=3)
    assert (video.state, video.frames, video.holder) == ("ready", 3, None)


def test_nobody_releases_a_row_that_nobody_holds(job: Upscale) -> None:
    segment = job.segments.earliest("number")
    assert not segment.release(state="failed")
    assert not segment.give_back()


def test_a_job_is_planned_once(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=0)
    job.change(Q(state=State.QUEUED), holder=uuid.uuid4())
    other = Upscale.objects.get(pk=job.pk)
    assert job.plan([(0, 48), (48, 60)], notes=["No alpha."])
    assert not other.plan([(0, 60)], notes=[])
    assert [(s.number, s.start, s.stop) for s in job.segments.all()] == [(0, 0, 48), (1, 48, 60)]
    assert (job.frames, job.notes) == (60, ["No alpha."])


def test_the_last_segment_calls_for_the_assembly_exactly_once(job: Upscale) -> None:
    for number in (0, 1):
        assert not job.assemble()
        assert taken().done(f"segment-{number}.nut")
    other = Upscale.objects.get(pk=job.pk)
    assert job.assemble() and not other.assemble()
    assert job.state == State.ASSEMBLING


def test_a_job_without_segments_is_not_complete(alice: User, job_of: JobMaker) -> None:
    assert not job_of(alice, pieces=0).assemble()


def test_an_attempt_that_fails_is_tried_again_and_the_third_fails_the_job(job: Upscale) -> None:
    for left in (2, 1, 0):
        segment = taken()
        assert segment.number == 0
        assert segment.fail_attempt(f"Broken, {left} left.")
    segment.refresh_from_db()
    job.refresh_from_db()
    assert (segment.state, segment.attempts) == ("failed", 3)
    assert (job.state, job.reason) == ("failed", "Broken, 0 left.")
    assert claim_next() is None


def test_an_attempt_that_is_given_back_does_not_count(job: Upscale) -> None:
    segment = taken()
    assert segment.give_back()
    assert (segment.state, segment.attempts, segment.holder) == ("queued", 0, None)


def test_what_fails_takes_running_segments_along(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=2)
    first, second = taken(), taken()
    first.attempts = 3
    assert first.fail_attempt("Broken.")
    assert not second.done("late.nut")
    second.refresh_from_db()
    assert (second.state, second.holder) == ("queued", None)
    job.refresh_from_db()
    assert job.state == State.FAILED


def test_cancelling_forgets_what_was_done_and_stops_what_runs(job: Upscale) -> None:
    assert taken().done("segment-0.nut")
    running = taken()
    assert job.cancel() and not job.cancel()
    assert not running.done("late.nut")
    assert set(job.segments.values_list("state", "file", "attempts")) == {("queued", "", 0)}


def test_a_second_try_keeps_what_is_done(job: Upscale) -> None:
    assert taken().done("segment-0.nut")
    broken = taken()
    broken.attempts = 3
    broken.fail_attempt("Broken.")
    job.refresh_from_db()
    assert job.retry() and not job.retry()
    assert list(job.segments.values_list("state", "attempts")) == [("done", 1), ("queued", 0)]
    assert (job.state, job.reason) == ("queued", "")


def test_a_result_that_comes_after_a_cancel_does_not_count(job: Upscale) -> None:
    Upscale.objects.filter(pk=job.pk).update(state=State.ASSEMBLING, holder=uuid.uuid4())
    job.refresh_from_db()
    Upscale.objects.get(pk=job.pk).cancel()
    assert not job.done(file="result.mp4")
    job.refresh_from_db()
    assert (job.state, job.result) == (State.CANCELLED, None)
