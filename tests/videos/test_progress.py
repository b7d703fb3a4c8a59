"""True progress: what is not known is not shown, and turns are foretold as they will be taken."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.conftest import JobMaker
from videos.models import Segment
from videos.progress import progress_of, progress_of_all, queue_positions
from videos.work.claiming import claim_next, keep


def test_a_job_that_is_not_planned_knows_nothing_yet(alice: User, job_of: JobMaker) -> None:
    progress = progress_of(job_of(alice, pieces=0))
    assert (progress.percent, progress.fps, progress.seconds_left, progress.position) == (0, None, None, 1)


def test_percent_rate_and_time_left_come_from_the_frames_done(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=4)
    segment = claim_next()
    assert segment and keep(segment, 8)
    Segment.objects.filter(pk=segment.pk).update(started=timezone.now() - timedelta(seconds=4))
    job.refresh_from_db()
    progress = progress_of(job)
    assert (progress.frames_done, progress.percent, progress.position) == (8, 20, None)
    assert progress.fps == pytest.approx(2, rel=0.05)
    assert progress.seconds_left == pytest.approx(16, abs=1)


def test_time_left_begins_with_the_quote_and_comes_to_what_is_observed(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=30, estimate={"seconds": 300.0, "frames": 300})
    seen = []
    for _ in range(10):
        segment = claim_next()
        assert segment and keep(segment, 10)
        begun = timezone.now() - timedelta(seconds=20)  # two seconds a frame, twice as slow as quoted
        Segment.objects.filter(pk=segment.pk).update(started=begun)
        job.refresh_from_db()
        seen.append(progress_of(job).seconds_left or 0)
        Segment.objects.filter(pk=segment.pk).update(state="done", finished=timezone.now(), holder=None, lease=None)
    assert 290 < seen[0] < 480
    assert seen[-1] == pytest.approx(200 * 2, rel=0.1)
    jumps = [abs(after - before) for before, after in pairwise(seen)]
    assert max(jumps) < 0.25 * seen[0]


def test_a_hundred_percent_means_every_frame(alice: User, job_of: JobMaker) -> None:
    assert progress_of(job_of(alice, frames=1000, frames_done=999)).percent == 99


def test_positions_foretell_the_turns(alice: User, bob: User, job_of: JobMaker) -> None:
    first, second, urgent = job_of(alice), job_of(alice), job_of(alice, priority=1)
    others = job_of(bob)
    positions = queue_positions()
    assert [positions[job.pk] for job in (urgent, others, first, second)] == [1, 2, 3, 4]


def test_many_jobs_cost_as_many_queries_as_one(
    alice: User, job_of: JobMaker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    jobs = [job_of(alice) for _ in range(5)] + [job_of(alice, state="running")]
    with django_assert_num_queries(2):
        assert len(progress_of_all(jobs)) == 6
