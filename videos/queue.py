"""Wake-up calls. Rows say what there is to do; a call only says "look now", so to lose or repeat one costs nothing.

They wait in the database, or in Redis where REDIS_URL names one.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.tasks import async_task
from redis.exceptions import RedisError

HOURS = 3600  # seconds

LIGHT = "light"
HEAVY = "heavy"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """One that nobody has taken yet, and when it was made by the clock of whoever made it."""

    name: str
    since: datetime


def wake_check() -> None:
    _after_commit(partial(_call, LIGHT, "videos.tasks.check", timeout=12 * HOURS))


def wake_plan(upscale: uuid.UUID) -> None:
    _after_commit(partial(_call, LIGHT, "videos.tasks.plan", upscale))


def wake_assemble(upscale: uuid.UUID) -> None:
    _after_commit(partial(_call, LIGHT, "videos.tasks.assemble", upscale, timeout=6 * HOURS))


def wake_grant() -> None:
    _after_commit(partial(_call, LIGHT, "videos.tasks.grant"))


def wake_sweep() -> None:
    _after_commit(partial(_call, LIGHT, "videos.tasks.sweep"))


def wake_heavy() -> None:
    """Say that there are segments to work on; one waiting call is enough, whoever hears it passes it on."""
    _after_commit(_call_heavy)


def oldest_call(cluster: str) -> Call | None:
    """The call to this cluster that nobody has taken for the longest time."""
    return _oldest_in_redis(cluster) if settings.REDIS_URL else _oldest_in_database(cluster)


def _oldest_in_database(cluster: str) -> Call | None:
    call = OrmQ.objects.filter(key=cluster, lock__lt=timezone.now()).order_by("lock").first()
    return call and Call(str(call.pk), call.lock)


def _oldest_in_redis(cluster: str) -> Call | None:
    broker = get_broker(cluster)
    package = broker.connection.lindex(broker.list_key, 0)
    if package is None:
        return None
    task = SignedPackage.loads(package)
    return Call(task["id"], task["started"])


def _after_commit(call: Callable[[], None]) -> None:
    transaction.on_commit(partial(_try, call))


def _try(call: Callable[[], None]) -> None:
    """A queue that is out of reach is nobody's fault; the sweep calls again."""
    try:
        call()
    except (DatabaseError, RedisError) as error:
        log.warning("A call could not be queued: %s", error)


def _call_heavy() -> None:
    if oldest_call(HEAVY) is None:
        _call(HEAVY, "videos.tasks.work", timeout=2 * HOURS)


def _call(cluster: str, task: str, *row: uuid.UUID, timeout: int = 900) -> None:
    async_task(task, *row, cluster=cluster, save=False, timeout=timeout)
