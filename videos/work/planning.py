"""Cutting a job into segments by a static table of costs: the same clip always gives the same plan."""

import uuid

from django.db import transaction
from django.db.models import Q

from duf.catalog import fastest
from duf.errors import MediaError
from duf.media.encode import EncodeSettings
from duf.media.frames import Index
from duf.media.sandbox import CRASHED
from duf.pipeline import Work, prepare
from duf.pipeline import plan as plan_of
from videos import queue, quotas
from videos.models import Segment, Upscale
from videos.work.attempts import attempt
from videos.work.leases import claim, extend
from videos.work.segments import fan_in


def plan(pk: uuid.UUID) -> None:
    """Plan a waiting job; one that is tried again keeps its plan."""
    holder = claim(Upscale.objects.filter(pk=pk, state=Upscale.State.QUEUED))
    if holder is None:
        return
    upscale = Upscale.objects.select_related("video__owner").get(pk=pk)
    with attempt(upscale, lambda frames: extend(upscale)):
        if upscale.segments.exists():
            _reopen_lost(upscale)
            upscale.release(attempts=0)
            fan_in(upscale)
            queue.wake_heavy()
        else:
            _cut(upscale)


def prepared(upscale: Upscale) -> Work:
    """What the pipeline is to do with the video. Raises MediaError if it cannot be done without loss."""
    video = upscale.video
    settings = EncodeSettings.from_json(upscale.settings)
    return prepare(video.source, upscale.scale, settings, None, quotas.media_limits(video.owner), video.clip)


def _cut(upscale: Upscale) -> None:
    try:
        work = prepared(upscale)
    except MediaError as error:
        if str(error) == CRASHED:  # perhaps it was killed: that is worth another try
            raise
        upscale.fail(str(error))
        return
    pieces = plan_of(Index.load(upscale.video.index), work.clip, upscale.model, upscale.scale)
    precision, notes = fastest(upscale.model, upscale.scale), list(dict.fromkeys(work.clip.notes))
    with transaction.atomic():
        if upscale.plan(pieces, precision=precision, notes=notes):
            queue.wake_heavy()


def _reopen_lost(upscale: Upscale) -> None:
    """A segment whose file is gone is not done."""
    for segment in upscale.segments.filter(state=Segment.State.DONE):
        if not (upscale.folder / segment.file).is_file():
            segment.change(Q(state=Segment.State.DONE), **Segment.ANEW)
