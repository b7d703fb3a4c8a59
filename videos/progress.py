"""How far a job is, as the page shows it: a true percentage, frames per second, time left, place in the queue."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from videos.models import Segment, Upscale
from videos.work.leases import held


@dataclass(frozen=True)
class Progress:
    """What is not known yet is None, never a wrong number."""

    frames: int
    frames_done: int
    percent: int  # rounded down: 100 means every frame
    fps: float | None = None  # frames per second now
    seconds_left: int | None = None
    position: int | None = None  # 1: the next to start


def progress_of(upscale: Upscale) -> Progress:
    """The progress of one job."""
    return progress_of_all([upscale])[upscale.pk]


def progress_of_all(upscales: Iterable[Upscale]) -> dict[uuid.UUID, Progress]:
    """The progress of several jobs, in two queries however many they are."""
    jobs = list(upscales)
    rates = _rates([job.pk for job in jobs if job.state == Upscale.State.RUNNING])
    positions = queue_positions() if any(job.state == Upscale.State.QUEUED for job in jobs) else {}
    return {job.pk: _progress(job, rates.get(job.pk), positions.get(job.pk)) for job in jobs}


def queue_positions() -> dict[uuid.UUID, int]:
    """The place of every waiting job. Samples first; then people take turns: everybody's first job, and so on."""
    waiting = (
        Upscale.objects.filter(state=Upscale.State.QUEUED)
        .order_by("-priority", "created")
        .values_list("pk", "video__owner", "created", "sample")
    )
    turns: Counter[tuple[bool, int]] = Counter()
    order = []
    for pk, owner, created, sample in waiting:
        order.append((not sample, turns[sample, owner], created, pk))
        turns[sample, owner] += 1
    return {pk: place for place, (*_, pk) in enumerate(sorted(order), start=1)}


def _progress(job: Upscale, rate: float | None, position: int | None) -> Progress:
    left = max(job.frames - job.frames_done, 0)
    return Progress(
        frames=job.frames,
        frames_done=job.frames_done,
        percent=100 * job.frames_done // job.frames if job.frames else 0,
        fps=rate,
        seconds_left=round(left / rate) if rate else None,
        position=position,
    )


def _rates(jobs: list[uuid.UUID]) -> dict[uuid.UUID, float]:
    """Frames per second of the segments that are being worked on, by job."""
    if not jobs:
        return {}
    elapsed = ExpressionWrapper(Now() - F("started"), output_field=DurationField())
    running = Segment.objects.filter(held(), upscale__in=jobs, frames_done__gt=0, started__isnull=False)
    rates: Counter[uuid.UUID] = Counter()
    for job, frames, time in running.values_list("upscale", "frames_done", elapsed):
        rates[job] += frames / max(time.total_seconds(), 0.001)
    return dict(rates)
