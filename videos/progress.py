"""How far a job is, as the page shows it: a true percentage, frames per second, time left, place in the queue."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import Coalesce, Now

from videos.models import Segment, Upscale
from videos.work.leases import held

TRUST = 15.0  # seconds of observed work that count as much as the quote
LATEST = 12  # segments of a job that are looked at


@dataclass(frozen=True)
class Progress:
    """What is not known yet is None, never a wrong number."""

    frames: int
    frames_done: int
    percent: int  # rounded down: 100 means every frame
    fps: float | None = None  # frames per second
    seconds_left: int | None = None
    position: int | None = None  # 1: the next to start


def progress_of(upscale: Upscale) -> Progress:
    """The progress of one job."""
    return progress_of_all([upscale])[upscale.pk]


def progress_of_all(upscales: Iterable[Upscale]) -> dict[uuid.UUID, Progress]:
    """The progress of several jobs, in two queries however many they are."""
    jobs = list(upscales)
    paces = _paces([job for job in jobs if job.state == Upscale.State.RUNNING])
    positions = queue_positions() if any(job.state == Upscale.State.QUEUED for job in jobs) else {}
    return {job.pk: _progress(job, paces.get(job.pk), positions.get(job.pk)) for job in jobs}


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


class Pace:
    """Seconds a frame of one job: at first as quoted, then more and more as observed, so that it does not jump."""

    def __init__(self, job: Upscale) -> None:
        quoted = job.estimate["seconds"] / job.estimate["frames"] if job.estimate and job.estimate["frames"] else 0.0
        self._seconds = TRUST if quoted else 0.0
        self._frames = TRUST / quoted if quoted else 0.0
        self._at_work = 0

    def see(self, frames: int, seconds: float, at_work: bool) -> None:
        """A segment that is finished, or is being worked on."""
        self._frames += frames
        self._seconds += seconds
        self._at_work += at_work

    @property
    def seconds(self) -> float:
        """With all that work on it together."""
        return max(self._seconds, 0.001) / self._frames / max(1, self._at_work)


def _progress(job: Upscale, pace: Pace | None, position: int | None) -> Progress:
    left = max(job.frames - job.frames_done, 0)
    return Progress(
        frames=job.frames,
        frames_done=job.frames_done,
        percent=100 * job.frames_done // job.frames if job.frames else 0,
        fps=1 / pace.seconds if pace else None,
        seconds_left=round(left * pace.seconds) if pace else None,
        position=position,
    )


def _paces(jobs: list[Upscale]) -> dict[uuid.UUID, Pace]:
    """By job, from its latest segments."""
    if not jobs:
        return {}
    paces = {job.pk: Pace(job) for job in jobs}
    elapsed = ExpressionWrapper(Coalesce("finished", Now()) - F("started"), output_field=DurationField())
    worked_on = held() | Q(finished__isnull=False)
    segments = Segment.objects.filter(worked_on, upscale__in=jobs, frames_done__gt=0, started__isnull=False)
    seen = set()
    rows = segments.order_by("-started").values_list("upscale", "frames_done", elapsed, "finished")
    for job, frames, time, finished in rows[: LATEST * len(jobs)]:
        paces[job].see(frames, time.total_seconds(), finished is None)
        seen.add(job)
    return {job: paces[job] for job in seen}
