"""What a person may use: a limit on the user's own row, else the most generous of the groups', else the site's."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, OuterRef, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import Limits, User
from duf.media.facts import Limits as MediaLimits
from videos import spending, storage
from videos.models import Upscale, Video
from videos.totals import total


class Refused(Exception):
    """A wish that a limit forbids; `str(refused)` is the sentence the user reads."""


@dataclass(frozen=True)
class Quota:
    """What one person may have. Bytes, seconds, pixels of one frame, megapixel-frames, numbers."""

    stored_bytes: int
    videos: int
    upload_bytes: int
    seconds: int
    pixels: int
    frames: int
    month_work: int
    jobs: int


@dataclass(frozen=True)
class Usage:
    """What one person has."""

    stored_bytes: int
    videos: int
    month_work: float  # megapixel-frames asked for since the month began, whatever has become of the videos
    jobs: int  # waiting or in work; samples have a limit of their own


def quota_of(user: User) -> Quota:
    """The limits that hold for this person."""
    limits = (user, *user.group_limits)
    return Quota(
        stored_bytes=_limit(limits, "max_stored_bytes", settings.MAX_STORED_BYTES),
        videos=_limit(limits, "max_videos", settings.MAX_VIDEOS),
        upload_bytes=_limit(limits, "max_upload_bytes", settings.MAX_UPLOAD_BYTES),
        seconds=_limit(limits, "max_seconds", settings.MAX_SECONDS),
        pixels=_limit(limits, "max_pixels", settings.MAX_PIXELS),
        frames=_limit(limits, "max_frames", settings.MAX_FRAMES),
        month_work=_limit(limits, "max_month_work", settings.MAX_MONTH_WORK),
        jobs=_limit(limits, "max_jobs", settings.MAX_JOBS),
    )


def media_limits(user: User) -> MediaLimits:
    """The same, for whoever opens this person's files."""
    quota = quota_of(user)
    return MediaLimits(bytes=quota.upload_bytes, seconds=quota.seconds, frames=quota.frames, pixels=quota.pixels)


def usage_of(user: User) -> Usage:
    """What this person's uploads (as announced) and results take."""
    videos, jobs = Video.objects.filter(owner=OuterRef("pk")), Upscale.objects.filter(video__owner=OuterRef("pk"))
    figures = (
        total(videos.filter(original_removed=None), "owner", Sum("size")),
        total(jobs, "video__owner", Sum("size")),
        total(videos, "owner", Count("pk")),
        spending.of_month(),
        total(jobs.filter(sample=False, state__in=Upscale.UNFINISHED), "video__owner", Count("pk")),
    )
    uploaded, made, number, work, unfinished = User.objects.filter(pk=user.pk).values_list(*figures).get()
    return Usage(int(uploaded + made), number, float(work) / spending.MEGA, unfinished)


def count_alone(user: User) -> None:
    """Until the transaction ends nobody else counts what this person has, so that two wishes do not share one room."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk"))


def check_upload(user: User, size: int) -> None:
    """Raise `Refused` if this person may not upload `size` bytes now."""
    quota, usage = quota_of(user), usage_of(user)
    if size <= 0:
        raise Refused(_("The file is empty; choose a video."))
    if size > quota.upload_bytes:
        raise Refused(
            _("The file has %(size)s, but at most %(most)s are allowed; cut it into parts.")
            % {"size": filesizeformat(size), "most": filesizeformat(quota.upload_bytes)}
        )
    if usage.videos >= quota.videos:
        raise Refused(
            _("You already keep %(videos)d videos, which is the limit; delete one first.") % {"videos": usage.videos}
        )
    _check_room(quota, usage, size)


def check_conversion(video: Video, scale: int, size: int | None = None) -> None:
    """Raise `Refused` if this video cannot be made `scale` times as large now. `size`: bytes, where they are known."""
    if video.state != Video.State.READY:
        raise Refused(_("This video is not ready yet; wait until it has been checked."))
    if video.original_removed:
        raise Refused(_("The original of this video was removed to make room; upload it again to convert it."))
    facts = (video.facts or {})["video"]
    pixels = facts["width"] * facts["height"] * scale**2
    if pixels > settings.MAX_RESULT_PIXELS:
        raise Refused(
            _("The result would be %(width)dx%(height)d; choose a smaller scale.")
            % {"width": facts["width"] * scale, "height": facts["height"] * scale}
        )
    _check_room(quota_of(video.owner), usage_of(video.owner), size or expected_bytes(video, scale))


def check_work(video: Video, frames: int, sample: bool = False) -> None:
    """Raise `Refused` if this person may not have so many frames made now; `count_alone` comes before it."""
    quota, usage = quota_of(video.owner), usage_of(video.owner)
    if not sample and usage.jobs >= quota.jobs:
        raise Refused(
            _("You have %(jobs)d conversions waiting or in work, which is the limit; wait, or cancel one first.")
            % {"jobs": usage.jobs}
        )
    work, left = spending.work_of(video, frames), max(0.0, quota.month_work - usage.month_work)
    if work > left:
        raise Refused(
            _(
                "This takes %(work)s megapixel-frames and you have %(left)s left this month; wait until %(date)s, "
                "or ask the administrator."
            )
            % {"work": spending.told(work), "left": spending.told(left), "date": spending.next_month()}
        )


def left_work(user: User) -> float:
    """How many megapixel-frames this person may still have made this month."""
    return max(0.0, quota_of(user).month_work - spending.this_month(user))


def left_bytes(user: User) -> int:
    """What this person may still store."""
    return max(0, quota_of(user).stored_bytes - usage_of(user).stored_bytes)


def expected_bytes(video: Video, scale: int) -> int:
    """About what the result takes: twice the width and height need about three times the bytes."""
    return int(video.size * scale**1.6)


def _check_room(quota: Quota, usage: Usage, size: int) -> None:
    left = quota.stored_bytes - usage.stored_bytes
    if size > left:
        raise Refused(
            _("This needs about %(size)s and %(left)s of your %(quota)s are left; delete something first.")
            % {
                "size": filesizeformat(size),
                "left": filesizeformat(max(left, 0)),
                "quota": filesizeformat(quota.stored_bytes),
            }
        )
    if not storage.has_room(size):
        raise Refused(_("The server's disk is almost full; delete something, or tell the administrator."))


def _limit(limits: Sequence[Limits], name: str, default: int) -> int:
    """The first row is the person's own; the others are those of groups."""
    own, *granted = (getattr(row, name) for row in limits)
    return int(own) if own is not None else max((limit for limit in granted if limit is not None), default=default)
