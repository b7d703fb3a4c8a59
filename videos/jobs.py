"""What people ask for: check my upload, convert, cancel, try again, go first, remove.

Rows change first and files go after them, so whatever a crash leaves behind has no row and the sweep takes it.
"""

import logging
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from videos import queue, quotas, quotes, spending
from videos.models import Upscale, Video, alone_with
from videos.storage import store
from videos.trimming import Stretch, frames_of

log = logging.getLogger(__name__)


def uploaded(video: Video) -> bool:
    """The last byte has come: find out what it is."""
    with transaction.atomic():
        begun = video.uploaded()
        if begun:
            queue.wake_check()
    return begun


def convert(
    video: Video, model: str, scale: int, settings: dict[str, Any] | None = None, stretch: Stretch | None = None
) -> Upscale:
    """Ask for a larger copy, or one of a part. Raises `quotas.Refused` with the sentence for the user."""
    quote = quotes.quote_for(video, model, scale, settings or {}, stretch) if video.facts else None
    quotas.check_conversion(video, scale, quote.bytes if quote else None)
    frames, (start, stop) = quote.frames if quote else frames_of(video, stretch), stretch or (None, None)
    with transaction.atomic():
        quotas.count_alone(video.owner)
        quotas.check_work(video, frames)
        if not Video.objects.select_for_update(no_key=True).filter(pk=video.pk).exists():
            raise quotas.Refused(_("This video was deleted meanwhile; upload it again to convert it."))
        upscale = Upscale.objects.create(
            video=video,
            model=model,
            scale=scale,
            settings=settings or {},
            start=start,
            stop=stop,
            frames=frames_of(video, stretch),
            notes=(video.facts or {}).get("notes", []),
            estimate=quote.to_json() if quote else None,
        )
        spending.charge(upscale, frames)
        queue.wake_plan(upscale.pk)
    log.info("Upscale %s of video %s is asked for", upscale.pk, video.pk)
    return upscale


def cancel(upscale: Upscale) -> bool:
    """Stop it and forget what it has done so far; False if there is nothing to stop."""
    with alone_with(upscale.pk):
        spending.settle(Upscale.objects.filter(pk=upscale.pk))
        cancelled = upscale.cancel()
    if cancelled:
        store().remove_tree(upscale.folder)
    return cancelled


def retry(upscale: Upscale) -> bool:
    """Do again what failed; False if it has not ended badly. Raises `quotas.Refused`."""
    quotas.check_conversion(upscale.video, upscale.scale)
    with transaction.atomic():
        quotas.count_alone(upscale.video.owner)
        quotas.check_work(upscale.video, upscale.frames - upscale.frames_done, upscale.sample)
        queued = upscale.retry()
        if queued:
            spending.settle(Upscale.objects.filter(pk=upscale.pk))
            spending.charge(upscale, upscale.frames - upscale.frames_done)
            queue.wake_plan(upscale.pk)
    return queued


def not_retriable(upscale: Upscale) -> str:
    """Why it could not be tried again, and what to do."""
    upscale.refresh_from_db()
    if upscale.state == Upscale.State.PAUSED:
        return _("It is paused, with what it has done kept; let it go on instead.")
    if upscale.state == Upscale.State.DONE:
        return _("It is done already; look at the result, or convert the video again.")
    return _("It is already under way; wait for it, or cancel it.")


def is_going(video: Video, model: str, scale: int, settings: dict[str, Any], stretch: Stretch | None = None) -> bool:
    """Whether just this is being made, or waits."""
    start, stop = stretch or (None, None)
    same = video.upscales.filter(model=model, scale=scale, start=start, stop=stop, sample=False)
    return any(job.settings == settings for job in same.filter(state__in=Upscale.UNFINISHED))


def prioritise(upscale: Upscale, by: int) -> bool:
    """Let it go before, or after, other jobs of its owner; False if it has ended."""
    return upscale.change(Q(state__in=Upscale.UNFINISHED), priority=F("priority") + by)


def purge(upscale: Upscale) -> bool:
    """Remove a job that has ended; False if it goes on."""
    if upscale.unfinished:
        return False
    remove_upscale(upscale)
    return True


def remove_upscale(upscale: Upscale) -> None:
    """The conversion and its files, whatever it is doing."""
    folder = upscale.folder
    with alone_with(upscale.pk):
        spending.settle(Upscale.objects.filter(pk=upscale.pk))
        upscale.delete()
    store().remove_tree(folder)


def remove_video(video: Video) -> None:
    """The video, its conversions and all files."""
    folder = video.folder
    with transaction.atomic():
        _lock(Video.objects.filter(pk=video.pk))
        spending.settle(Upscale.objects.filter(video=video))
        video.delete()
    store().remove_tree(folder)


def remove_account(user: User) -> None:
    """A person, with everything that person owns."""
    with transaction.atomic():
        quotas.count_alone(user)
        folders = [video.folder for video in _lock(Video.objects.filter(owner=user))]
        user.delete()
    for folder in folders:
        store().remove_tree(folder)


def _lock(videos: QuerySet[Video]) -> list[Video]:
    """Let nobody change these videos and their jobs, nor add any, until the transaction ends."""
    locked = list(videos.select_for_update().order_by("pk"))
    list(Upscale.objects.select_for_update().filter(video__in=locked).order_by("pk").values_list("pk"))
    return locked
