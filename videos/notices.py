"""Mail to people whose conversions have ended, if they want it (the account page asks).

Ends are told together: as soon as nothing of a person's is in work any more, and at the latest an hour after the first.
"""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from accounts.languages import language_of
from accounts.models import User
from videos.models import Upscale

LONGEST = timedelta(hours=1)
DONE, FAILED = Upscale.State.DONE, Upscale.State.FAILED

log = logging.getLogger(__name__)


def send() -> None:
    """Tell whoever is to be told now; an end that nobody wants to hear of is as good as told."""
    wants = Q(video__owner__mail_when_done=True, video__owner__is_active=True) if settings.EMAIL_URL else Q(pk=None)
    untold().exclude(wants).update(told=True)
    try:
        for owner in User.objects.filter(pk__in=untold().values("video__owner")):
            _send_to(owner)
    except OSError:
        log.warning("The mail server cannot be reached, so nobody is told what is done; see EMAIL_URL.", exc_info=True)


def untold() -> QuerySet[Upscale]:
    """Conversions whose end their owner has not been told of."""
    return Upscale.objects.filter(told=False, sample=False, state__in=(DONE, FAILED))


def _send_to(owner: User) -> None:
    ended = list(untold().filter(video__owner=owner).select_related("video").order_by("finished"))
    busy = Upscale.objects.filter(video__owner=owner, sample=False, state__in=Upscale.ACTIVE).exists()
    young = all(job.finished and job.finished > timezone.now() - LONGEST for job in ended)
    if busy and young or not _take(ended):
        return
    try:
        _mail(owner, ended).send()
    except (OSError, SMTPException) as error:
        _rows(ended).update(told=False)  # the next sweep tries again
        if not isinstance(error, SMTPException):
            raise
        log.warning("%s is not told what is done: a mail could not be sent.", owner.email, exc_info=True)


def _mail(owner: User, ended: list[Upscale]) -> EmailMessage:
    context = {"jobs": ended, "site": settings.SITE_URL, "name": settings.SITE_NAME}
    with language_of(owner):
        text = render_to_string("videos/ended_mail.txt", context)
        return EmailMessage(f"[{settings.SITE_NAME}] {_subject(ended)}", text, to=[owner.email])


def _take(ended: list[Upscale]) -> bool:
    """Ours to tell, unless another sweep was quicker."""
    return bool(_rows(ended).filter(told=False).update(told=True))


def _rows(ended: list[Upscale]) -> QuerySet[Upscale]:
    return Upscale.objects.filter(pk__in=[job.pk for job in ended])


def _subject(ended: list[Upscale]) -> str:
    if len(ended) == 1:
        (job,) = ended
        title = gettext("{video} is done") if job.state == DONE else gettext("{video} has failed")
        return title.format(video=f"{job.video.name} {job.target}")
    done = sum(job.state == DONE for job in ended)
    failed = len(ended) - done
    title = ngettext("{number} conversion is done", "{number} conversions are done", done).format(number=done)
    return title + (gettext(", {number} failed").format(number=failed) if failed else "")
