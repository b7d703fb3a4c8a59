"""Who works on a row, and until when.

A lease is written and compared with the database's clock alone: a worker's clock may be wrong. Whoever finds that
the row has another holder has lost it and must stop: what it wrote has a name of its own and counts for nothing.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from videos.models import Work

BEAT_SECONDS = 2  # as often as the page asks

Beat = Callable[[int], bool]  # frames done; True while the row is still ours
log = logging.getLogger(__name__)


class Lost(Exception):
    """The row was taken away: its lease ran out, or it was cancelled or deleted."""


def lease_end() -> Combinable:
    """When a lease that is written now ends, by the database's clock."""
    return ExpressionWrapper(Now() + settings.LEASE, output_field=DateTimeField())


def unheld() -> Q:
    """Rows that nobody holds, or whose holder has not been heard of for too long; not those that are put off."""
    return Q(holder=None, lease=None) | Q(lease__lt=Now())


def held() -> Q:
    """Rows that somebody holds and works on."""
    return Q(holder__isnull=False, lease__gte=Now())


def claim(rows: QuerySet[Any], **changes: Any) -> uuid.UUID | None:
    """Take one row with ONE conditional UPDATE; the new holder, or None if somebody was quicker.

    Attempts count from the claim, so that deaths count too.
    """
    holder = uuid.uuid4()
    free = rows.filter(unheld(), attempts__lt=settings.MAX_ATTEMPTS)
    claimed = free.update(holder=holder, lease=lease_end(), attempts=F("attempts") + 1, **changes)
    return holder if claimed else None


def extend(row: Work, **progress: Any) -> bool:
    """Keep the lease; False if the row has been taken away."""
    mine = type(row)._default_manager.filter(pk=row.pk, holder=row.holder)
    return bool(mine.update(lease=lease_end(), **progress))


def put_off(row: Work, reason: str) -> bool:
    """This attempt went wrong by something that may pass: the next begins after a lease; the last one ends the work."""
    if row.attempts >= settings.MAX_ATTEMPTS:
        return row.fail(reason)
    return row.release(reason=reason, **row.waiting() | {"lease": lease_end()})


class Hold:
    """A row that this process works on. A thread writes its progress and keeps its lease meanwhile."""

    def __init__(self, beat: Beat) -> None:
        self.frames = 0  # done so far
        self._beat = beat
        self._over = threading.Event()
        self._lost = False

    def count(self, frames: int) -> None:
        """So many frames are done; raises `Lost` like `check`."""
        self.frames = frames
        self.check()

    def check(self) -> None:
        """Raise `Lost` if the row has been taken away. A connection that broke meanwhile is made anew when needed."""
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        if self._lost:
            raise Lost

    def keep(self) -> None:
        """Until the work is over or the row is lost."""
        try:
            while not self._over.wait(BEAT_SECONDS) and not self._lost:
                self._tick()
        finally:
            connection.close()  # this thread's own

    def end(self) -> None:
        self._over.set()

    def _tick(self) -> None:
        try:
            self._lost = not self._beat(self.frames)
        except DatabaseError:
            log.warning("A heartbeat could not be written; the next may.", exc_info=True)
            connection.close()


@contextmanager
def kept(beat: Beat) -> Iterator[Hold]:
    """Keep a lease while the block runs: `beat(frames)` extends it and says whether the row is still ours."""
    hold = Hold(beat)
    thread = threading.Thread(target=copy_context().run, args=(hold.keep,), name="lease", daemon=True)
    thread.start()
    try:
        yield hold
    finally:
        hold.end()
        thread.join()
