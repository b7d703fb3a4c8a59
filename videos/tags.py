"""Tags: words that people put on their videos, to find together what belongs together."""

import unicodedata
from collections.abc import Iterable

from django.conf import settings
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from videos.models import Video

LONGEST = 40  # characters of a tag
MOST = 20  # tags of a video


class Refused(Exception):
    """Tags that nobody can have; `str(refused)` is the sentence the user reads."""


class Tag(models.Model):
    """A word of one person's, and the videos it is on."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=LONGEST)
    videos = models.ManyToManyField(Video, related_name="tags")

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("owner", "name"), name="tag_of_owner"),)

    def __str__(self) -> str:
        return self.name


def tags_of(user: User) -> QuerySet[Tag]:
    """The tags that are on some video of this person."""
    return Tag.objects.filter(owner=user, videos__isnull=False).distinct()


def read(text: str) -> list[str]:
    """The tags in a line, with commas between them. Raises `Refused`."""
    found = (" ".join(unicodedata.normalize("NFC", part).split()) for part in text.replace("\0", " ").split(","))
    names = list(dict.fromkeys(name for name in found if name))
    if len(names) > MOST:
        raise Refused(_("A video has at most {most} tags; leave some out.").format(most=MOST))
    if any(len(name) > LONGEST for name in names):
        raise Refused(_("A tag has at most {longest} characters; make it shorter.").format(longest=LONGEST))
    return names


def put(video: Video, names: Iterable[str]) -> None:
    """Let a video have these tags and no others."""
    with transaction.atomic():
        video.tags.set([_tag(video.owner, name) for name in names])
        Tag.objects.filter(owner=video.owner, videos=None).delete()


def add(owner: User, videos: QuerySet[Video], names: Iterable[str]) -> None:
    """Put these tags on all of the videos, in a few queries however many they are."""
    with transaction.atomic():
        found = list(videos.order_by().only("pk"))
        for name in names:
            _tag(owner, name).videos.add(*found)


def _tag(owner: User, name: str) -> Tag:
    return Tag.objects.get_or_create(owner=owner, name=name)[0]
