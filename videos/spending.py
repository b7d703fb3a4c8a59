"""What people have had made, in megapixel-frames of the original: a million pixels of one frame, once.

A row is written when work is asked for, and outlives the video: deleting what was made gives nothing back. What was
asked for and not made does come back, by itself where the job has failed, by `settle` where it is cancelled, deleted or
tried again.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Sum, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from django.utils.formats import date_format, number_format

from accounts.models import User
from videos.models import Upscale, Video
from videos.totals import total

MEGA = 1e6


class Spent(models.Model):
    """Frames that somebody asked for at one time."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="spent")
    upscale = models.ForeignKey(
        Upscale, models.SET_NULL, null=True, related_name="spent", help_text="Empty once it is settled."
    )
    pixels = models.PositiveBigIntegerField(help_text="Of one frame of the original.")
    frames = models.PositiveIntegerField(help_text="That were asked for; once it is settled, that were made.")
    made_before = models.PositiveIntegerField(default=0, help_text="Frames of the job that were done already.")
    when = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=("owner", "when"), name="spent_by_owner"),)

    def __str__(self) -> str:
        return f"{self.frames} frames of {self.owner}"


def work_of(video: Video, frames: int) -> float:
    """The megapixel-frames that so many frames of a video are."""
    return frames * video.pixels / MEGA


def told(work: float) -> str:
    """Megapixel-frames in figures, with a decimal where they are few."""
    decimals = 1 if work < 10 else 0
    return number_format(round(work, decimals), decimals, force_grouping=True)


def this_month(owner: User) -> float:
    """The megapixel-frames that this person has asked for since the month began, without those that failed."""
    return float(User.objects.filter(pk=owner.pk).values_list(of_month()).get()[0]) / MEGA


def of_month() -> Combinable:
    """The same of each person in a query, in pixel-frames."""
    made = _made(F("upscale__frames_done"))
    counted: Any = Case(When(upscale__state=Upscale.State.FAILED, then=made), default=F("frames"))
    rows = Spent.objects.filter(owner=OuterRef("pk"), when__gte=_month_begins())
    return total(rows, "owner", Sum(counted * F("pixels")))


def charge(upscale: Upscale, frames: int) -> None:
    """Write down that these frames of a job are still to be made."""
    video = upscale.video
    done = max(0, upscale.frames - frames)
    Spent.objects.create(owner_id=video.owner_id, upscale=upscale, pixels=video.pixels, frames=frames, made_before=done)


def settle(upscales: QuerySet[Upscale]) -> None:
    """Keep of what these jobs were charged what they have made, whatever becomes of them."""
    done = Subquery(Upscale.objects.filter(pk=OuterRef("upscale")).values("frames_done"))
    Spent.objects.filter(upscale__in=upscales).update(frames=_made(done), upscale=None)


def _made(done: Any) -> Least:
    return Least(F("frames"), Greatest(done - F("made_before"), 0))


def _month_begins() -> datetime:
    return timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month() -> str:
    """The day on which the count begins anew."""
    begins = _month_begins()
    return date_format(
        begins.replace(year=begins.year + begins.month // 12, month=begins.month % 12 + 1), "MONTH_DAY_FORMAT"
    )
