"""The only place that says who may see or touch a row. Whoever may not gets 404, as if it did not exist."""

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from videos.models import Upscale, Video
from videos.shares import Share


def videos_of(user: User | AnonymousUser) -> QuerySet[Video]:
    """The videos that this person owns."""
    return Video.objects.filter(owner_id=user.pk) if user.is_authenticated else Video.objects.none()


def upscales_of(user: User | AnonymousUser) -> QuerySet[Upscale]:
    """The conversions of videos that this person owns."""
    return Upscale.objects.filter(video__in=videos_of(user)).select_related("video")


def video_for(user: User | AnonymousUser, pk: uuid.UUID) -> Video:
    """The video, or 404."""
    return get_object_or_404(videos_of(user), pk=pk)


def upscale_for(user: User | AnonymousUser, pk: uuid.UUID) -> Upscale:
    """The conversion with its video, or 404."""
    return get_object_or_404(upscales_of(user), pk=pk)


def share_for(user: User | AnonymousUser, pk: int) -> Share:
    """The link to a result that this person owns, or 404."""
    return get_object_or_404(Share.objects.filter(upscale__in=upscales_of(user)), pk=pk)
