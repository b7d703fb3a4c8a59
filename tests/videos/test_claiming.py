"""Whose turn it is, and that two who reach for one segment do not both get it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.db.models.functions import Now

from accounts.models import User
from tests.conftest import JobMaker
from videos import storage
from videos.models import Segment, Upscale
from videos.work import claiming
from videos.work.claiming import claim_next, keep


def owners_in_turn(number: int) -> list[str]:
    """Claim and finish so many segments one after another."""
    turns = []
    for _ in range(number):
        segment = claim_next()
        assert segment is not None
        turns.append(segment.upscale.video.owner.email.partition("@")[0])
        assert segment.done(segment.attempt_file())
    return turns


def expire(segment: Segment) -> None:
    Segment.objects.filter(pk=segment.pk).update(lease="2020-01-01T00:00:00Z")


def test_people_take_turns_however_much_one_of_them_asks_for(alice: User, bob: User, job_of: JobMaker) -> None:
    job_of(alice, pieces=3)
    job_of(alice, pieces=3)
    job_of(bob, pieces=3)
    assert owners_in_turn(6) == ["alice", "bob", "alice", "bob", "alice", "bob"]


def test_who_has_fewer_segments_in_work_goes_first(alice: User, bob: User, job_of: JobMaker) -> None:
    job_of(alice, pieces=4)
    job_of(bob, pieces=4)
    running = [claim_next() for _ in range(4)]
    owners = [segment.upscale.video.owner for segment in running if segment]
    assert owners == [alice, bob, alice, bob]
    assert running[1] and running[1].done("b.nut")
    following = claim_next()
    assert following and following.upscale.video.owner == bob


def test_among_ones_own_jobs_priority_goes_before_age(alice: User, job_of: JobMaker) -> None:
    job_of(alice, pieces=1)
    urgent = job_of(alice, pieces=1, priority=5)
    segment = claim_next()
    assert segment and segment.upscale == urgent


def test_a_claim_starts_the_job_and_counts_the_attempt(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice)
    segment = claim_next()
    job.refresh_from_db()
    assert segment and segment.holder and segment.lease
    assert (segment.state, segment.attempts, job.state) == ("running", 1, "running")
    assert job.started is not None


def test_an_expired_lease_is_claimed_again_and_its_old_holder_has_lost(alice: User, job_of: JobMaker) -> None:
    job_of(alice, pieces=1)
    first = claim_next()
    assert first and claim_next() is None
    expire(first)
    second = claim_next()
    assert second and second.pk == first.pk and second.attempts == 2
    assert not keep(first, 5) and not first.done("old.nut") and not first.give_back()
    assert keep(second, 5) and second.done("new.nut")


def test_a_spent_segment_is_not_claimed(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=1)
    job.segments.update(attempts=3)
    assert claim_next() is None


def test_the_heartbeat_extends_the_lease_by_the_databases_clock(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=2)
    segment = claim_next()
    assert segment
    expire(segment)
    assert keep(segment, 7)
    assert Segment.objects.filter(pk=segment.pk, lease__gt=Now(), frames_done=7).exists()
    job.refresh_from_db()
    assert job.frames_done == 7


def test_a_cancelled_job_stops_the_heartbeat(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice)
    segment = claim_next()
    assert segment and keep(segment, 1)
    job.refresh_from_db()
    job.cancel()
    assert not keep(segment, 2)


def test_a_full_disk_pauses_and_says_so_until_there_is_room(
    alice: User, job_of: JobMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(alice)
    monkeypatch.setattr(storage, "spare_bytes", lambda: -1)
    assert claim_next() is None
    job.refresh_from_db()
    assert (job.state, job.paused) == ("queued", storage.FULL)
    monkeypatch.setattr(storage, "spare_bytes", lambda: 1)
    claiming.resume()
    assert claim_next() is not None
    job.refresh_from_db()
    assert job.paused == ""


@pytest.mark.django_db(transaction=True)
def test_many_who_claim_at_once_get_one_segment_each(job_of: JobMaker) -> None:
    job = job_of(User.objects.create_user("a@example.org"), pieces=12)
    together = Barrier(4)

    def claim_until_empty() -> list[int]:
        together.wait()
        numbers = []
        while segment := claim_next():
            numbers.append(segment.number)
        connection.close()
        return numbers

    with ThreadPoolExecutor(4) as pool:
        claimed = [
            number for future in [pool.submit(claim_until_empty) for _ in range(4)] for number in future.result()
        ]
    assert sorted(claimed) == list(range(12))
    assert set(job.segments.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_many_who_finish_at_once_call_for_one_assembly(job_of: JobMaker) -> None:
    job = job_of(User.objects.create_user("a@example.org"), pieces=4)
    segments = [claim_next() for _ in range(4)]
    together = Barrier(4)

    def finish(segment: Segment) -> bool:
        together.wait()
        assert segment.done(segment.attempt_file())
        last = Upscale.objects.get(pk=job.pk).assemble()
        connection.close()
        return last

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(finish, [segment for segment in segments if segment])) == 1
