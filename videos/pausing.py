"""Pausing and going on: one conversion, or many at once.

Whoever works on a paused job finds with the next heartbeat that its segment is no longer its own, and stops.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from videos import queue
from videos.models import UNHELD, Upscale
from videos.work.claiming import count_frames

State = Upscale.State


def pause(upscale: Upscale) -> bool:
    """Let it wait; False if there is no work that could wait."""
    paused = upscale.pause()
    if paused:
        count_frames(upscale.pk)
        upscale.refresh_from_db(fields=["frames_done"])
    return paused


def resume(upscale: Upscale) -> bool:
    """Let it go on where it was; False if it is not paused."""
    resumed = upscale.resume()
    if resumed:
        queue.wake_plan(upscale.pk)
    return resumed


def pause_all(upscales: QuerySet[Upscale]) -> int:
    """How many were paused: those that wait in one step, then those that are in work."""
    waiting = _among(upscales, Upscale.PAUSABLE & Q(state=State.QUEUED))
    paused = waiting.update(state=State.PAUSED, paused="", **UNHELD)
    running = upscales.filter(state=State.RUNNING)
    return paused + sum(pause(upscale) for upscale in running)


def resume_all(upscales: QuerySet[Upscale]) -> int:
    """How many go on; the sweep, called at once, finds what there is to do for each."""
    resumed = _among(upscales, Q(state=State.PAUSED)).update(state=State.QUEUED, attempts=0)
    if resumed:
        queue.wake_sweep()
    return resumed


def not_pausable(upscale: Upscale) -> str:
    """Why it could not be paused, and what to do."""
    upscale.refresh_from_db()
    if upscale.state == State.PAUSED:
        return _("It is paused already; let it go on when you want.")
    if upscale.state == State.ASSEMBLING:
        return _("All its frames are done and the file is just put together: wait a moment for it.")
    if upscale.sample:
        return _("A sample is short and cannot be paused; wait for it, or cancel it.")
    return _("It had ended already, so there is nothing to pause; look at how it ended.")


def not_paused(upscale: Upscale) -> str:
    """Why it could not go on, and what to do."""
    upscale.refresh_from_db()
    if upscale.active:
        return _("It goes on already; there is nothing more to do.")
    return _("It had ended already and cannot go on; try it again instead.")


def _among(upscales: QuerySet[Upscale], condition: Q) -> QuerySet[Upscale]:
    """Those that satisfy a condition on their own row, which is looked at again if somebody is just changing it."""
    return Upscale.objects.filter(condition, pk__in=upscales.order_by().values("pk"))
