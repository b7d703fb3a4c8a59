"""In which order a person's own jobs are worked on: by priority, then by age; and how one of them is moved."""

from django.db import transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from videos import quotas
from videos.models import Upscale

WORKED_ON = Q(state__in=Upscale.WORKED_ON, sample=False)


def in_order(owner: User) -> QuerySet[Upscale]:
    """What is in work or waits, the first to be worked on first."""
    return Upscale.objects.filter(WORKED_ON, video__owner=owner).order_by("-priority", "created")


def move_first(upscale: Upscale) -> bool:
    """Put a job before all others of its owner; False if there is no work on it any more."""
    first = in_order(upscale.video.owner).exclude(pk=upscale.pk).first()
    return move(upscale, first)


def move(upscale: Upscale, before: Upscale | None) -> bool:
    """Put a job right before another of its owner's, or behind all; False if there is no work on one of them any more.

    Only the job itself gets another priority, unless there is no room between its neighbours.
    """
    owner = upscale.video.owner
    with transaction.atomic():
        quotas.count_alone(owner)  # so that two moves of one person come one after the other
        others = in_order(owner).exclude(pk=upscale.pk)
        if before and not others.filter(pk=before.pk).exists():
            return False
        if before:
            before.refresh_from_db()
        ahead = others.filter(_ahead_of(before)) if before else others
        priority = _between(ahead.last(), upscale, before)
        if priority is None and before:
            ahead.update(priority=F("priority") + 2)
            priority = before.priority + 1
        return upscale.change(WORKED_ON, priority=priority)


def _ahead_of(job: Upscale) -> Q:
    return Q(priority__gt=job.priority) | Q(priority=job.priority, created__lt=job.created)


def _between(last: Upscale | None, job: Upscale, following: Upscale | None) -> int | None:
    """The priority that puts the job between these two; None if there is none."""
    highest = last.priority - (last.created > job.created) if last else None
    lowest = following.priority + (job.created > following.created) if following else None
    if lowest is None:
        return job.priority if highest is None else highest
    return lowest if highest is None or lowest <= highest else None
