"""Seeing that a cluster is stuck: calls wait, and nobody works.

A worker that is killed while it waits can leave the queue's lock taken, and the whole cluster idle for ever while it
looks healthy. Then only a new cluster helps.
"""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from django_q.models import Schedule
from redis.exceptions import RedisError

from videos import queue
from videos.measured import Trial
from videos.models import Segment, Upscale, Video
from videos.work.leases import held
from vsrsite import heartbeat

LOOKS = 3  # in a row that must find the cluster stuck

log = logging.getLogger(__name__)


def is_stuck(cluster: str) -> bool:
    """A call has waited for too long although nobody of this cluster holds any work."""
    try:
        call = queue.oldest_call(cluster)
    except RedisError:
        return False  # a queue out of reach is no reason to start anew
    if call is None or timezone.now() - call.since < timedelta(seconds=settings.STALL_SECONDS):
        return False
    works = (Segment, Trial) if cluster == queue.HEAVY else (Video, Upscale)
    return not any(work.objects.filter(held()).exists() for work in works)


def standstill() -> str:
    """Why the queue does not move, in a sentence; empty if it moves, or has no reason to."""
    late = timezone.now() - timedelta(seconds=settings.STALL_SECONDS)
    if Schedule.objects.filter(name="sweep", next_run__lt=late).exists():
        return "The light cluster does not run: start `manage.py cluster light`."
    for cluster in (queue.LIGHT, queue.HEAVY):
        if is_stuck(cluster):
            return f"Work waits and nobody takes it: start, or start anew, `manage.py cluster {cluster}`."
    return ""


def wait_until_stuck(cluster: str) -> None:
    """Return when several looks in a row found the cluster stuck; each that finds it moving renews its heartbeat."""
    pause = settings.STALL_SECONDS / LOOKS
    heartbeat.beat(2 * pause)
    stuck = 0
    while stuck < LOOKS:
        time.sleep(pause)
        try:
            stuck = stuck + 1 if is_stuck(cluster) else 0
        except DatabaseError:
            log.warning("The database cannot be asked whether the queue moves; the next time it may.", exc_info=True)
            continue
        finally:
            connection.close()
        if not stuck:
            heartbeat.beat(2 * pause)
