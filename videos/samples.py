"""A stretch of a video, made first and by up to three models, to be compared before the whole is asked for.

It begins and ends where some model starts anew, so it is short, and the same whatever is compared. A model whose runs
are longer sees a few frames before it and shows the whole's pictures but for a code or two; the segments of the others
are segments of the whole as well, and are not made again. Where frames are slow, a few seconds around the moment that
was picked are shown.
Samples go a week after they were made, as their page says.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from duf.catalog import MODELS
from duf.media.frames import MICROSECOND
from duf.resets import run_starts
from videos import jobs, queue, quotas, spending
from videos.models import Upscale, Video
from videos.quotas import Refused
from videos.quotes import quote_for, sample_seconds

STEP = min(entry.reset_every for entry in MODELS.values() if entry.reset_every)  # frames
MOST = 3  # at a time, of one person
SHORTEST = 2.0  # seconds, where the clip has them
SHOWN = 5.0  # seconds at most
LONGEST = 600.0  # seconds of work that others may have to wait for
LIFE = timedelta(days=7)

Choice = tuple[str, int]  # model and scale


def ask(video: Video, frame: int, choices: Sequence[Choice]) -> tuple[int, int]:
    """Have the stretch around a frame made; its bounds. Raises `Refused` with the sentence for the user."""
    if video.state != Video.State.READY:
        raise Refused(gettext("This video is not ready yet; wait until it has been checked."))
    start, stop = stretch_at(video, frame)
    made = {(sample.model, sample.scale): sample for sample in of_stretch(video, start, stop)}
    with transaction.atomic():
        quotas.count_alone(video.owner)
        for choice in choices:
            _make(video, start, stop, choice, made.get(choice))
    return start, stop


def stretch_at(video: Video, frame: int) -> tuple[int, int]:
    """The shortest stretch of whole steps that holds the frame and is not too short to be seen."""
    index = video.read_index()
    fewest = SHORTEST * len(index) / max(float(index.span * video.clip.video.tick), 0.001)
    return around([*run_starts(index.cuts, STEP), len(index)], frame, fewest)


def around(bounds: Sequence[int], frame: int, fewest: float) -> tuple[int, int]:
    """Two of the bounds with the frame between them and at least `fewest` frames, as far as there are so many."""
    first = min(max(0, bisect_right(bounds, frame) - 1), len(bounds) - 2)
    last = first + 1
    while bounds[last] - bounds[first] < fewest and last < len(bounds) - 1:
        last += 1
    while bounds[last] - bounds[first] < fewest and first > 0:
        first -= 1
    return bounds[first], bounds[last]


def shown_of(video: Video, start: int, stop: int, frame: int) -> tuple[int, int]:
    """The frames of a stretch that are shown: `SHOWN` of them in time, with `frame` in their middle where it can be."""
    index, tick = video.read_index(), float(video.clip.video.tick)
    begins = (index.pts[start:stop] - index.pts[start]) * tick
    ends = begins + index.duration[start:stop] * tick
    at = min(max(0, frame - start), stop - start - 1)
    begin = max(0.0, min(begins[at] - SHOWN / 2, ends[-1] - SHOWN))
    first = int(np.searchsorted(begins, begin - MICROSECOND))
    last = int(np.searchsorted(ends, begin + SHOWN + MICROSECOND, "right"))
    return start + first, start + max(last, at + 1)


def usual_frames(video: Video) -> int:
    """How many frames a sample of this video has where a scene is long."""
    fewest = SHORTEST * (video.frames or 0) / max(video.clip.duration or 0.0, 0.001)
    return min(video.frames or 0, STEP * math.ceil(fewest / STEP))


def of_video(video: Video) -> list[Upscale]:
    """Every sample of a video, the newest first."""
    return list(video.upscales.filter(sample=True).select_related("video"))


def of_stretch(video: Video, start: int, stop: int) -> list[Upscale]:
    """The samples of one stretch, in the order in which they were asked for."""
    return list(video.upscales.filter(sample=True, start=start, stop=stop).select_related("video").order_by("created"))


def remove_old() -> None:
    """What has had its time; the sweep takes the original's frames with the last sample of them."""
    ended = Upscale.objects.filter(sample=True, finished__lt=timezone.now() - LIFE).exclude(state__in=Upscale.ACTIVE)
    for sample in ended.select_related("video"):
        jobs.remove_upscale(sample)


def _make(video: Video, start: int, stop: int, choice: Choice, made: Upscale | None) -> None:
    """One sample, unless it is there or on its way."""
    if made and (made.active or made.state == Upscale.State.DONE):
        return
    _check_turn(video)
    if made:
        jobs.retry(made)
        return
    name, scale = choice
    frames = stop - start
    _check_time(video, name, scale, frames)
    quotas.check_conversion(video, scale, quotas.expected_bytes(video, scale) * frames // max(1, video.frames or 1))
    quotas.check_work(video, frames, sample=True)
    sample = Upscale.objects.create(
        video=video,
        model=name,
        scale=scale,
        sample=True,
        start=start,
        stop=stop,
        frames=frames,
        settings={"codec": "h264"},
    )
    spending.charge(sample, frames)
    queue.wake_plan(sample.pk)


def _check_turn(video: Video) -> None:
    going = Upscale.objects.filter(video__owner=video.owner_id, sample=True, state__in=Upscale.ACTIVE)
    if going.count() >= MOST:
        raise Refused(
            gettext("{most} samples of yours are being made already; wait until one is done, or cancel it.").format(
                most=MOST
            )
        )


def _check_time(video: Video, name: str, scale: int, frames: int) -> None:
    """Samples go before all other work, so they have to be short."""
    seconds = sample_seconds(video, name, quote_for(video, name, scale, {}), frames)
    if seconds > LONGEST:
        raise Refused(
            gettext("A sample by {name} would take about {minutes} minutes; choose a faster model to compare.").format(
                name=name, minutes=f"{seconds / 60:.0f}"
            )
        )
