"""Where a person stands: what is used of what is allowed, and what goes soon unless it is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext

from accounts.models import User
from videos import retention, spending
from videos.models import Upscale
from videos.quotas import Quota, Usage, quota_of, usage_of

NEAR = 0.8  # of a limit, from where it is said even to those who do not ask
FEW = 0.01  # of a month's work, below which the number says nothing to anybody
SHOWN = 5  # things that go soon


@dataclass(frozen=True)
class Meter:
    """One limit."""

    name: str
    title: str
    used: float
    allowed: int
    text: str

    @property
    def value(self) -> float:
        """Of `most`, as a bar shows it: a limit of nothing is used up."""
        return min(self.used, self.allowed) if self.allowed else 1

    @property
    def most(self) -> int:
        return self.allowed or 1

    @property
    def near(self) -> bool:
        return self.used >= NEAR * self.allowed


@dataclass(frozen=True)
class Going:
    """A result or an original that goes soon."""

    row: retention.Row
    date: datetime

    @property
    def upscale(self) -> Upscale | None:
        return self.row if isinstance(self.row, Upscale) else None


def meters(quota: Quota, usage: Usage) -> list[Meter]:
    """Every limit that fills up."""
    of = gettext("{used} of {allowed}")
    size, work = filesizeformat, spending.told
    stored = of.format(used=size(usage.stored_bytes), allowed=size(quota.stored_bytes))
    made = gettext("{used} of {allowed} megapixel-frames").format(
        used=work(usage.month_work), allowed=work(quota.month_work)
    )
    videos = of.format(used=usage.videos, allowed=quota.videos)
    jobs = of.format(used=usage.jobs, allowed=quota.jobs)
    return [
        Meter("month", gettext("Enlarged this month"), usage.month_work, quota.month_work, made),
        Meter("disk", gettext("Disk, originals and results"), usage.stored_bytes, quota.stored_bytes, stored),
        Meter("videos", gettext("Videos"), usage.videos, quota.videos, videos),
        Meter("jobs", gettext("Conversions at once"), usage.jobs, quota.jobs, jobs),
    ]


def standing(user: User) -> dict[str, Any]:
    """For the dashboard: what fills up with the work, whatever else is nearly full, and what goes soon.

    Whoever has nothing yet is not told of limits, and whoever has had little made not of the month's.
    """
    month, disk, *others = meters(quota_of(user), usage_of(user))
    begun = any(meter.used or meter.near for meter in (month, disk))
    noticeable = [month] if month.used >= FEW * month.allowed else []
    going = [Going(row, date) for row, date in retention.going_soon(user)]
    return {
        "meters": [*noticeable, disk, *(meter for meter in others if meter.near)] if begun else [],
        "going": going[:SHOWN],
        "going_in_all": len(going),
    }
