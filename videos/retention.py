"""How long results and originals stay: for ever, or RESULT_DAYS and ORIGINAL_DAYS after a result was made.

Nothing goes before its owner was told: by mail where mail is set up, on the page everywhere, EXPIRY_NOTICE_DAYS before.
A row's date of expiry is written when its owner has been told, and taken back as soon as it no longer holds: the owner
keeps it, a new job begins, or the settings change. An original goes only while a result of it is kept; samples are no
results, and have a short life of their own (`videos.samples`).
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext

from accounts.languages import language_of
from accounts.models import User
from videos import jobs
from videos.models import Upscale, Video
from videos.storage import store

DONE = Upscale.State.DONE

Row = Upscale | Video
log = logging.getLogger(__name__)


def result_expires(upscale: Upscale) -> datetime | None:
    """When the result goes; None if it stays."""
    if not settings.RESULT_DAYS or upscale.kept or upscale.state != DONE or not upscale.finished:
        return None
    return upscale.expires or _date(upscale.finished, settings.RESULT_DAYS)


def original_expires(video: Video, upscales: Iterable[Upscale]) -> datetime | None:
    """When the original goes, of a video with these jobs; None if it stays."""
    rows = list(upscales)
    finished = [row.finished for row in rows if row.state == DONE and row.finished]
    busy = any(row.unfinished for row in rows)
    if not settings.ORIGINAL_DAYS or video.kept or video.original_removed or busy or not finished:
        return None
    return video.original_expires or _date(max(finished), settings.ORIGINAL_DAYS)


def going_soon(owner: User) -> list[tuple[Row, datetime]]:
    """What this person was told goes soon, the first to go first. Costs nothing where nothing ever goes."""
    if not (settings.RESULT_DAYS or settings.ORIGINAL_DAYS):
        return []
    results = Upscale.objects.filter(video__owner=owner, expires__isnull=False).select_related("video")
    originals = Video.objects.filter(owner=owner, original_expires__isnull=False, original_removed=None)
    dated: list[tuple[Row, datetime | None]] = [(row, row.expires) for row in results]
    dated += [(row, row.original_expires) for row in originals]
    return sorted(((row, date) for row, date in dated if date), key=lambda each: each[1])


def keep_all(owner: User) -> None:
    """Whatever this person was told goes soon stays for ever."""
    Upscale.objects.filter(video__owner=owner, expires__isnull=False).update(kept=True, expires=None)
    originals = Video.objects.filter(owner=owner, original_expires__isnull=False, original_removed=None)
    originals.update(kept=True, original_expires=None)


def due_results() -> QuerySet[Upscale]:
    """Results whose time has come."""
    now = timezone.now()
    return _results(now - timedelta(days=settings.RESULT_DAYS)).filter(expires__lte=now)


def due_originals() -> QuerySet[Video]:
    """Originals whose time has come."""
    now = timezone.now()
    return _originals(now - timedelta(days=settings.ORIGINAL_DAYS)).filter(original_expires__lte=now)


def announce() -> None:
    """Tell the owners what goes soon, write the dates down, and take back dates that no longer hold."""
    results, originals = _results(_soon(settings.RESULT_DAYS)), _originals(_soon(settings.ORIGINAL_DAYS))
    Upscale.objects.filter(expires__isnull=False).exclude(pk__in=results.values("pk")).update(expires=None)
    dated = Video.objects.filter(original_expires__isnull=False)
    dated.exclude(pk__in=originals.values("pk")).update(original_expires=None)
    rows: list[Row] = [*results.filter(expires=None), *originals.filter(original_expires=None)]
    if rows:
        _tell(rows)


def remove_due() -> None:
    """Remove what is due. Rows change first and files go after them."""
    for upscale in due_results():
        _remove_result(upscale)
    for video in _shells():
        jobs.remove_video(video)
    for video in due_originals():
        _remove_original(video)
    forget_originals()


def forget_originals() -> None:
    """The files of originals that were lately removed; again, in case somebody was killed in the middle."""
    for video in Video.objects.filter(original_removed__gte=timezone.now() - timedelta(days=1)):
        store().remove(video.source, video.index)


def _remove_result(upscale: Upscale) -> None:
    folder = upscale.folder
    with transaction.atomic():
        gone = Upscale.objects.select_for_update().filter(pk=upscale.pk, kept=False, expires=upscale.expires).first()
        if gone:
            gone.delete()
    if gone:
        store().remove_tree(folder)


def _shells() -> QuerySet[Video]:
    """Videos of which nothing is left: the original has gone, and the results after it."""
    results = Upscale.objects.filter(video=OuterRef("pk"), sample=False)
    return Video.objects.filter(~Exists(results), original_removed__isnull=False)


def _remove_original(video: Video) -> None:
    """Unless the owner has just kept it, or asked for a job."""
    with transaction.atomic():
        list(Video.objects.select_for_update().filter(pk=video.pk).values_list("pk"))
        due_originals().filter(pk=video.pk).update(original_removed=timezone.now())


def _results(before: datetime) -> QuerySet[Upscale]:
    """Results that were made before, and may expire."""
    rows = Upscale.objects.filter(state=DONE, sample=False, kept=False, finished__lte=before)
    rows = rows.annotate(since=F("finished"))
    return rows.select_related("video__owner") if settings.RESULT_DAYS else rows.none()


def _originals(before: datetime) -> QuerySet[Video]:
    """Originals whose last result was made before, and which may expire."""
    busy = Exists(Upscale.objects.filter(video=OuterRef("pk"), state__in=Upscale.UNFINISHED))
    last = Max("upscales__finished", filter=Q(upscales__state=DONE, upscales__sample=False))
    rows = Video.objects.filter(~busy, state=Video.State.READY, kept=False, original_removed=None)
    rows = rows.annotate(since=last).filter(since__lte=before)
    return rows.select_related("owner") if settings.ORIGINAL_DAYS else rows.none()


def _soon(days: int) -> datetime:
    return timezone.now() - timedelta(days=days - settings.EXPIRY_NOTICE_DAYS)


def _date(since: datetime, days: int) -> datetime:
    """The end of the days, but not before the owner has had notice."""
    return max(since + timedelta(days=days), timezone.now() + timedelta(days=settings.EXPIRY_NOTICE_DAYS))


def _tell(rows: list[Row]) -> None:
    """One mail to each owner. Whoever cannot be reached is not told, so nothing of theirs gets a date."""
    try:
        with get_connection() as connection:
            for owner, theirs in groupby(sorted(rows, key=lambda row: _owner(row).pk), _owner):
                _tell_owner(owner, list(theirs), connection)
    except OSError:
        log.warning("The mail server cannot be reached, so nothing expires; see EMAIL_URL.", exc_info=True)


def _tell_owner(owner: User, rows: list[Row], connection: Any) -> None:
    dates = {row: _date(row.since, _days(row)) for row in rows}  # type: ignore[union-attr]
    if settings.EMAIL_URL:
        try:
            _mail(owner, dates, connection).send()
        except SMTPException:
            log.warning("Nothing of %s expires: a mail could not be sent.", owner.email, exc_info=True)
            return
    for row, date in dates.items():
        row.change(Q(), **{"expires" if isinstance(row, Upscale) else "original_expires": date})


def _mail(owner: User, dates: dict[Row, datetime], connection: Any) -> EmailMessage:
    context = {"dates": dates, "site": settings.SITE_URL, "name": settings.SITE_NAME}
    with language_of(owner):
        text = render_to_string("videos/expiry_mail.txt", context)
        subject = f"[{settings.SITE_NAME}] " + gettext("Some of your videos will be removed soon")
        return EmailMessage(subject, text, to=[owner.email], connection=connection)


def _days(row: Row) -> int:
    return int(settings.RESULT_DAYS if isinstance(row, Upscale) else settings.ORIGINAL_DAYS)


def _owner(row: Row) -> User:
    return row.video.owner if isinstance(row, Upscale) else row.owner
