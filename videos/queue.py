"""Wake-up calls. Rows say what there is to do; a call only says "look now", so to lose or repeat one costs nothing."""

import uuid
from functools import partial

from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

HOURS = 3600  # seconds

LIGHT = "light"
HEAVY = "heavy"


def wake_check() -> None:
    transaction.on_commit(partial(_call, LIGHT, "videos.tasks.check", timeout=12 * HOURS))


def wake_plan(upscale: uuid.UUID) -> None:
    transaction.on_commit(partial(_call, LIGHT, "videos.tasks.plan", upscale))


def wake_assemble(upscale: uuid.UUID) -> None:
    transaction.on_commit(partial(_call, LIGHT, "videos.tasks.assemble", upscale, timeout=6 * HOURS))


def wake_sweep() -> None:
    transaction.on_commit(partial(_call, LIGHT, "videos.tasks.sweep"))


def wake_heavy() -> None:
    """Say that there are segments to work on; one waiting call is enough, whoever hears it passes it on."""
    transaction.on_commit(_call_heavy)


def oldest_call(cluster: str) -> OrmQ | None:
    """The call to this cluster that nobody has taken for the longest time."""
    waiting = OrmQ.objects.filter(key=cluster, lock__lt=timezone.now())
    return waiting.order_by("lock").first()


def _call_heavy() -> None:
    if oldest_call(HEAVY) is None:
        _call(HEAVY, "videos.tasks.work", timeout=2 * HOURS)


def _call(cluster: str, task: str, *row: uuid.UUID, timeout: int = 900) -> None:
    async_task(task, *row, cluster=cluster, save=False, timeout=timeout)
