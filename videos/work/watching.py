"""Seeing that a cluster is stuck: calls wait, and nobody works.

A worker that is killed while it waits can leave the queue's lock taken, and the whole cluster idle for ever while it
looks healthy. Then only a new cluster helps.
"""

import time
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from videos import queue
from videos.models import Segment, Upscale, Video
from videos.work.leases import held

LOOKS = 3  # in a row that must find the cluster stuck


def is_stuck(cluster: str) -> bool:
    """A call has waited for too long although nobody of this cluster holds any work."""
    call = queue.oldest_call(cluster)
    if call is None or timezone.now() - call.lock < timedelta(seconds=settings.STALL_SECONDS):
        return False
    works = (Segment,) if cluster == queue.HEAVY else (Video, Upscale)
    return not any(work.objects.filter(held()).exists() for work in works)


def wait_until_stuck(cluster: str) -> None:
    """Return when several looks in a row found the cluster stuck."""
    stuck = 0
    while stuck < LOOKS:
        time.sleep(settings.STALL_SECONDS / LOOKS)
        stuck = stuck + 1 if is_stuck(cluster) else 0
        connection.close()
