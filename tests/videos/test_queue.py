"""Calls that wait, and a cluster that does not hear them."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from django_q.brokers import Broker, get_broker
from pytest_django import Settings
from redis.exceptions import ConnectionError

from accounts.models import User
from tests.conftest import JobMaker
from videos import jobs, queue
from videos.models import Video
from videos.work.claiming import claim_next
from videos.work.watching import is_stuck

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def heavy(db: None) -> Iterator[Broker]:
    broker = get_broker(queue.HEAVY)
    broker.purge_queue()
    yield broker
    broker.purge_queue()


def test_a_call_waits_until_somebody_takes_it(heavy: Broker) -> None:
    assert queue.oldest_call(queue.HEAVY) is None
    queue.wake_heavy()
    call = queue.oldest_call(queue.HEAVY)
    assert call and call.since <= timezone.now()
    queue.wake_heavy()
    assert heavy.queue_size() == 1
    heavy.dequeue()
    assert queue.oldest_call(queue.HEAVY) is None


def test_a_queue_out_of_reach_refuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*row: object, **how: object) -> None:
        raise ConnectionError("nobody answers")

    monkeypatch.setattr("videos.queue.async_task", unreachable)
    video = Video.objects.create(owner=User.objects.create_user("a@example.org"), name="a.mp4", size=1)
    assert jobs.uploaded(video)


def test_a_cluster_that_leaves_a_call_waiting_is_stuck_unless_somebody_works(
    job_of: JobMaker, settings: Settings
) -> None:
    settings.STALL_SECONDS = 0
    assert not is_stuck(queue.HEAVY)
    queue.wake_heavy()
    assert is_stuck(queue.HEAVY)
    job_of(User.objects.create_user("a@example.org"))
    assert claim_next()
    assert not is_stuck(queue.HEAVY)


def test_a_queue_out_of_reach_is_not_called_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(cluster: str) -> None:
        raise ConnectionError("nobody answers")

    monkeypatch.setattr(queue, "oldest_call", unreachable)
    assert not is_stuck(queue.HEAVY)
