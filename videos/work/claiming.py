"""Who goes next: samples, which somebody waits for; fair between people, then by priority, then by age.

People who have fewer segments in work go first, then those who have waited longest for a turn.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now

from accounts.models import User
from videos import storage
from videos.models import Segment, Upscale, alone_with, job_is
from videos.work.leases import claim, held, lease_end, unheld

State = Segment.State


def claimable() -> QuerySet[Segment]:
    """Segments that somebody could take up now."""
    return Segment.objects.filter(
        unheld(),
        job_is(*Upscale.WORKED_ON),
        state__in=(State.QUEUED, State.RUNNING),
        attempts__lt=settings.MAX_ATTEMPTS,
    )


def candidates() -> QuerySet[Upscale]:
    """Jobs with something to claim, the one whose turn it is first."""
    owner = "video__owner"
    in_work = Segment.objects.filter(held(), state=State.RUNNING, upscale__video__owner=OuterRef(owner))
    busy = in_work.order_by().values("upscale__video__owner").annotate(number=Count("pk")).values("number")
    return (
        Upscale.objects.filter(Exists(claimable().filter(upscale=OuterRef("pk"))))
        .annotate(busy=Coalesce(Subquery(busy, output_field=IntegerField()), 0))
        .order_by("-sample", "busy", F(f"{owner}__served").asc(nulls_first=True), "-priority", "created")
        .select_related(owner)
    )


def claim_next() -> Segment | None:
    """Take up the segment whose turn it is, or None if there is nothing to do or no room to do it."""
    if why := storage.obstacle():
        pause(why)
        return None
    while (job := candidates().first()) is not None:
        for segment in claimable().filter(upscale=job).order_by("number")[:8]:
            if _take(segment, job):
                return segment
    return None


def pause(why: str) -> None:
    """Say on every waiting job why it does not go on."""
    Upscale.objects.filter(state__in=Upscale.ACTIVE).exclude(paused=why).update(paused=why)


def resume() -> None:
    """Nothing keeps work from going on any more."""
    Upscale.objects.filter(state__in=Upscale.ACTIVE).exclude(paused="").update(paused="")


def keep(segment: Segment, frames: int) -> bool:
    """The heartbeat: extend the lease and write how far it is; False if the segment or its job was taken away."""
    rows = Segment.objects.filter(job_is(Upscale.State.RUNNING), pk=segment.pk, holder=segment.holder)
    with alone_with(segment.upscale_id):
        kept = rows.update(lease=lease_end(), frames_done=frames)
        if kept:
            _count_frames(segment.upscale_id)
    return bool(kept)


def count_frames(upscale: uuid.UUID) -> None:
    """Write on the job how many frames its segments have done."""
    with alone_with(upscale):
        _count_frames(upscale)


def _count_frames(upscale: uuid.UUID) -> None:
    segments = Segment.objects.filter(upscale=OuterRef("pk")).order_by().values("upscale")
    done: Any = Coalesce(Subquery(segments.annotate(total=Sum("frames_done")).values("total")), 0)
    Upscale.objects.filter(pk=upscale).update(frames_done=done)


def _take(segment: Segment, job: Upscale) -> bool:
    rows = claimable().filter(pk=segment.pk)
    with alone_with(job.pk):
        holder = claim(rows, state=State.RUNNING, frames_done=0, started=Now(), finished=None)
        if holder is None:
            return False
        job.begin()
    User.objects.filter(pk=job.video.owner_id).update(served=Now())
    segment.refresh_from_db()
    segment.upscale = job
    return True
