"""Cutting a job into segments by a static table of costs: the same clip always gives the same plan.

Where a sample of the same choice has been made, those of its segments are taken over that begin and end where runs do,
so that the picture is the same.
"""

import uuid

from django.db import transaction
from django.db.models import Q

from duf.catalog import fastest, model
from duf.choices import Choices
from duf.errors import MediaError
from duf.media.facts import Clip
from duf.media.frames import Index
from duf.media.sandbox import CRASHED
from duf.pipeline import Work, heard, prepare, silent
from duf.pipeline import plan as plan_of
from duf.resets import run_bounds
from videos import queue, quotas
from videos.models import Files, Segment, Upscale
from videos.storage import store
from videos.work.attempts import attempt
from videos.work.claiming import count_frames
from videos.work.leases import claim, extend
from videos.work.segments import fan_in
from videos.work.trials import choice

Piece = tuple[int, int]  # the first frame, and the one after the last
NEAR = 256 << 20  # bytes of the original that may have to be read for the sound of a sample


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
    source, limits = store().source(video.source), quotas.media_limits(video.owner)
    work = prepare(source, upscale.scale, Choices.from_json(upscale.settings), limits, video.clip)
    if not upscale.sample:
        return work
    return heard(work) if upscale.reading <= NEAR else silent(work)


def _cut(upscale: Upscale) -> None:
    try:
        work = prepared(upscale)
    except MediaError as error:
        if str(error) == CRASHED:  # perhaps it was killed: that is worth another try
            raise
        upscale.fail(str(error))
        return
    precision, notes = fastest(upscale.model, upscale.scale), list(dict.fromkeys(work.clip.notes))
    done = {} if upscale.sample else taken_over(upscale, precision)
    pieces = _pieces(upscale, upscale.video.read_index(), work.clip, list(done))
    with transaction.atomic():
        if upscale.plan(pieces, done, precision=precision, notes=notes):
            queue.wake_heavy()
    if done:
        count_frames(upscale.pk)
        fan_in(upscale)


def _pieces(upscale: Upscale, index: Index, clip: Clip, done: list[Piece]) -> list[Piece]:
    """What is done already, and the rest around it in pieces of about a minute of work."""
    start, stop = upscale.start or 0, len(index) if upscale.stop is None else upscale.stop
    pieces, at = [], start
    for piece in [*done, (stop, stop)]:
        if at < piece[0]:
            pieces += plan_of(index, clip, upscale.model, upscale.scale, at, piece[0])
        pieces += [piece] if piece[0] < piece[1] else []
        at = piece[1]
    return pieces


def taken_over(upscale: Upscale, precision: str) -> Files:
    """Segments of finished samples that a whole job needs just so, in order; their files are then the job's too."""
    alike = {name: getattr(upscale, name) for name in ("video", "model", "scale")}
    start, stop = upscale.start or 0, upscale.video.frames if upscale.stop is None else upscale.stop
    finished = Upscale.objects.filter(sample=True, state=Upscale.State.DONE, precision=precision, **alike)
    samples = [sample for sample in finished if choice(sample.settings) == choice(upscale.settings)]
    bounds = run_bounds(upscale.video.read_index().cuts, model(upscale.model).reset_every) if samples else set()
    done: Files = {}
    at = start
    inside = Segment.objects.filter(upscale__in=samples, start__gte=start, stop__lte=stop)
    for segment in inside.exclude(file="").order_by("start", "-stop"):
        same = segment.start >= at and {segment.start, segment.stop} <= bounds
        if same and _take_file(segment, upscale):
            done[segment.start, segment.stop] = segment.file
            at = segment.stop
    return done


def _take_file(segment: Segment, upscale: Upscale) -> bool:
    """False if it is gone."""
    try:
        store().link(segment.upscale.folder / segment.file, upscale.folder / segment.file)
    except OSError:
        return False
    return True


def _reopen_lost(upscale: Upscale) -> None:
    """A segment whose file is gone is not done."""
    for segment in upscale.segments.filter(state=Segment.State.DONE):
        if not store().look(upscale.folder / segment.file):
            segment.change(Q(state=Segment.State.DONE), **Segment.ANEW)
