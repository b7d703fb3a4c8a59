"""/metrics for Prometheus. Everything is read from the rows when asked, so it is the same from every web process."""

import ipaddress
import secrets
import shutil
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet, Sum
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from videos.models import Segment, Upscale, Video
from videos.progress import progress_of_all
from videos.work.claiming import claimable
from videos.work.leases import held, unheld

REASONS = 20  # of failures that are told apart: the most frequent; the rest are "other"
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")

Labelled = Iterable[tuple[tuple[str, ...], float]]


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """For whoever knows METRICS_TOKEN, or, where none is set, for programs on this machine; 404 for others."""
    if not _may_see(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(Rows())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Rows(Collector):
    """The figures of one moment."""

    def collect(self) -> Iterator[Metric]:
        yield _gauge("vsr_videos", "Videos by state.", ("state",), _states(Video.objects.all(), Video.State.values))
        yield _gauge("vsr_upscales", "Jobs by state.", ("state",), _states(Upscale.objects.all(), Upscale.State.values))
        segments = _states(Segment.objects.all(), Segment.State.values)
        yield _gauge("vsr_segments", "Segments by state.", ("state",), segments)
        yield _gauge("vsr_queue_depth", "Rows that somebody could take up now.", ("work",), _depths())
        yield _gauge("vsr_queue_age_seconds", "Since the oldest of them was asked for.", ("work",), _ages())
        yield _gauge("vsr_working", "Rows that somebody works on.", ("work",), _working())
        yield _gauge("vsr_frames_per_second", "Of all segments being made.", (), [((), _frames_per_second())])
        failures = "Failed jobs and refused uploads by what their owners read."
        yield _gauge("vsr_failures", failures, ("work", "reason"), _failures())
        yield _gauge("vsr_bytes", "Bytes that uploads and results take.", ("what",), _bytes())
        yield _gauge("vsr_upload_bytes", "Of unfinished uploads.", ("what",), _uploads())
        yield _gauge("vsr_disk_bytes", "The disk of the media folder.", ("what",), _disk())


def _may_see(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    forwarded = any(header in request.headers for header in FORWARDED)  # a proxy on this machine asks for anybody
    return not forwarded and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _gauge(name: str, what: str, labels: tuple[str, ...], values: Labelled) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, what, labels=labels)
    for label, value in values:
        gauge.add_metric(label, value)
    return gauge


def _waiting() -> dict[str, tuple[QuerySet[Any], str]]:
    """What could be taken up now, by kind of work, and where it says since when."""
    jobs = Upscale.objects.filter(unheld())
    return {
        "check": (Video.objects.filter(unheld(), state=Video.State.CHECKING), "created"),
        "plan": (jobs.filter(state=Upscale.State.QUEUED, segments=None), "created"),
        "segment": (claimable(), "upscale__created"),
        "assemble": (jobs.filter(state=Upscale.State.ASSEMBLING), "created"),
    }


def _depths() -> Labelled:
    return [((work,), rows.count()) for work, (rows, _) in _waiting().items()]


def _ages() -> Labelled:
    now = timezone.now()
    oldest = {work: rows.aggregate(first=Min(since))["first"] for work, (rows, since) in _waiting().items()}
    return [((work,), (now - first).total_seconds() if first else 0) for work, first in oldest.items()]


def _working() -> Labelled:
    rows = {"video": Video.objects, "upscale": Upscale.objects, "segment": Segment.objects}
    return [((work,), objects.filter(held()).count()) for work, objects in rows.items()]


def _states(rows: QuerySet[Any], states: list[str]) -> Labelled:
    counts = dict(rows.order_by().values_list("state").annotate(number=Count("pk")))
    return [((state,), counts.get(state, 0)) for state in states]


def _frames_per_second() -> float:
    running = Upscale.objects.filter(state=Upscale.State.RUNNING)
    return sum(progress.fps or 0 for progress in progress_of_all(running).values())


def _failures() -> Labelled:
    yield from _reasons("upscale", Upscale.objects.filter(state=Upscale.State.FAILED))
    yield from _reasons("video", Video.objects.filter(state=Video.State.REFUSED))


def _reasons(work: str, rows: QuerySet[Any]) -> Labelled:
    counts = list(rows.order_by().values_list("reason").annotate(number=Count("pk")).order_by("-number", "reason"))
    yield from (((work, reason), number) for reason, number in counts[:REASONS])
    yield (work, "other"), sum(number for _, number in counts[REASONS:])


def _bytes() -> Labelled:
    originals = Video.objects.filter(original_removed=None).aggregate(bytes=Sum("offset", default=0))["bytes"]
    results = Upscale.objects.aggregate(bytes=Sum("size", default=0))["bytes"]
    return [(("originals",), originals), (("results",), results)]


def _uploads() -> Labelled:
    unfinished = Video.objects.filter(state=Video.State.UPLOADING, expires__gte=Now())
    sums = unfinished.aggregate(announced=Sum("size", default=0), arrived=Sum("offset", default=0))
    return [((what,), value) for what, value in sums.items()]


def _disk() -> Labelled:
    disk = shutil.disk_usage(settings.MEDIA_ROOT)
    sizes = {"total": disk.total, "free": disk.free, "reserve": settings.DISK_RESERVE_BYTES}
    return [((what,), value) for what, value in sizes.items()]
