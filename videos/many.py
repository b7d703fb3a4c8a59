"""All that a dashboard lists, on whichever of its pages it stands: counted by state."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.safestring import SafeString

from videos import drawn
from videos.listing import UNCONVERTED, Listing
from videos.models import Upscale


@dataclass(frozen=True)
class ManyCard:
    """How many videos there are, and how many conversions in which state."""

    listing: Listing
    videos: int
    wishes: int  # that will become conversions by themselves
    unconverted: int
    counts: Counter[str]

    @property
    def choice(self) -> SafeString:
        return drawn.choice("many")

    @property
    def several(self) -> bool:
        """Whether there is anything to do to all that the one card does not offer itself."""
        return self.videos > 1 or self.counts.total() > 1

    @property
    def done(self) -> int:
        return self.counts[Upscale.State.DONE]

    @property
    def failed(self) -> int:
        return self.counts[Upscale.State.FAILED]

    @property
    def paused(self) -> int:
        return self.counts[Upscale.State.PAUSED]

    @property
    def pausable(self) -> int:
        return sum(self.counts[state] for state in Upscale.WORKED_ON)

    @property
    def going(self) -> int:
        return sum(self.counts[state] for state in Upscale.ACTIVE)


def many_card(listing: Listing) -> ManyCard:
    """Costs two queries."""
    videos = listing.videos.order_by().aggregate(
        videos=Count("pk"),
        wishes=Count("pk", filter=Q(wish__isnull=False)),
        unconverted=Count("pk", filter=UNCONVERTED),
    )
    counts = listing.jobs.order_by().values_list("state").annotate(number=Count("pk"))
    return ManyCard(listing, **videos, counts=Counter(dict(counts)))
