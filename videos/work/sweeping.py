"""Once a minute: whatever was lost is found again.

Wakes work whose call was lost, ends what used up its attempts, takes away what is past its life, and removes files
that no row knows. Each of these is safe to repeat and safe to be killed in.
"""

import logging
import re
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from videos import notices, queue, retention, samples, shares, storage, wishes
from videos.measured import Trial
from videos.models import Segment, Upscale, Video
from videos.storage import store
from videos.stored import StorageError
from videos.work import claiming, trials
from videos.work.leases import unheld
from videos.work.segments import fan_in

NAME = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STRETCH = re.compile(r"frames-\d+-\d+\.mp4")
log = logging.getLogger(__name__)

GAVE_UP = _(
    "The server broke off {times} times while working on this; try again, and tell the administrator if it repeats."
)


def sweep() -> None:
    """Everything, in an order that lets each step find what the one before left."""
    give_up()
    notices.send()
    clear_away()
    if why := storage.obstacle():
        claiming.pause(why)
    else:
        claiming.resume()
        wake()


def wake() -> None:
    """Call for all work that somebody could do now, unless calls wait already."""
    waiting = Upscale.objects.filter(unheld())
    for job in waiting.filter(state__in=Upscale.WORKED_ON, segments__isnull=False).distinct():
        fan_in(job)
    if queue.oldest_call(queue.LIGHT) is None:
        if Video.objects.filter(unheld(), state=Video.State.CHECKING).exists():
            queue.wake_check()
        if wishes.waiting().exists():
            queue.wake_grant()
        for pk in waiting.filter(state=Upscale.State.QUEUED, segments=None).values_list("pk", flat=True):
            queue.wake_plan(pk)
        for pk in waiting.filter(state=Upscale.State.ASSEMBLING).values_list("pk", flat=True):
            queue.wake_assemble(pk)
    if trials.waiting().exists() or claiming.claimable().exists():
        queue.wake_heavy()


def give_up() -> None:
    """End what nobody may try again: all its attempts were broken off."""
    spent = Q(lease__lt=Now(), attempts__gte=settings.MAX_ATTEMPTS)
    for row in (
        *Video.objects.filter(spent, state=Video.State.CHECKING),
        *Trial.objects.filter(spent, state=Trial.State.WAITING),
        *Upscale.objects.filter(spent, state__in=(Upscale.State.QUEUED, Upscale.State.ASSEMBLING)),
        *Segment.objects.filter(spent, state=Segment.State.RUNNING).select_related("upscale__video"),
    ):
        row.fail(row.reason or GAVE_UP.format(times=settings.MAX_ATTEMPTS))


def clear_away() -> None:
    """Whatever is past its life; owners are told before what they have goes (`videos.retention`)."""
    retention.announce()
    retention.remove_due()
    samples.remove_old()
    shares.forget_old()
    expire_uploads()
    forget_broken_uploads()
    forget_segments()
    forget_stills()
    remove_unknown_files()


def expired_uploads() -> QuerySet[Video]:
    """Unfinished uploads whose time has passed."""
    return Video.objects.filter(state=Video.State.UPLOADING, expires__lt=Now())


def expire_uploads() -> None:
    for video in expired_uploads():
        with transaction.atomic():
            gone = expired_uploads().select_for_update().filter(pk=video.pk).first()
            if gone:
                gone.delete()
        if gone:
            store().remove_tree(video.folder)


def forget_broken_uploads() -> None:
    """Rows whose file was never made, as a crash came between the two: nobody was told where to send its bytes."""
    if settings.S3_BUCKET:
        return  # there an upload has no file before its first byte
    late = timezone.now() - timedelta(hours=1)
    for video in Video.objects.filter(state=Video.State.UPLOADING, offset=0, created__lt=late):
        if not video.source.exists():
            video.delete()


def unknown_files() -> list[Path]:
    """Whatever bears the name of a row that is gone, or of an attempt that neither lasts nor counts."""
    found = list(store().paths(Path(settings.MEDIA_ROOT)))  # before the rows: what comes later is not touched
    known = _known_names() | {""}
    return [path for path in found if _name(path) not in known]


def forget_segments() -> None:
    """Pieces of finished results, if a crash came before they were let go of; their files go as those of nobody."""
    for job in Upscale.objects.filter(state=Upscale.State.DONE, segments__file__gt="").distinct():
        job.segments.update(file="")


def forget_stills() -> None:
    """What was drawn of jobs that have lately ended, if a crash came before it was taken away."""
    ended = Upscale.objects.filter(state__in=(Upscale.State.DONE, Upscale.State.CANCELLED))
    for job in ended.filter(finished__gte=timezone.now() - timedelta(hours=1)).select_related("video"):
        store().remove(*job.stills)


def remove_unknown_files() -> None:
    try:
        for path in unknown_files():
            store().remove_tree(path)
    except StorageError:
        log.warning("The store cannot be swept; the next time it may.", exc_info=True)


def _known_names() -> set[str]:
    """The ids of videos and jobs, of attempts that go on, of attempts whose files count; and what is beside samples."""
    names = {str(pk) for model in (Video, Upscale) for pk in model.objects.values_list("pk", flat=True)}
    for model in (Video, Trial, Upscale, Segment):
        names.update(str(holder) for holder in model.objects.exclude(holder=None).values_list("holder", flat=True))
    for files in (Upscale.objects.exclude(file=""), Segment.objects.exclude(file="")):
        names.update(_name(Path(file)) for file in files.values_list("file", flat=True))
    for sample in Upscale.objects.filter(sample=True).select_related("video"):
        names.add(_name(sample.video.stretch(sample.start or 0, sample.stop or 0)))
    return names


def _name(path: Path) -> str:
    if STRETCH.fullmatch(path.name):
        return f"{path.parent.name}/{path.name}"
    found = NAME.search(path.name)
    return found[0] if found else ""
