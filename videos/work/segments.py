"""Working on one segment: claim, upscale in the child process, publish, remember how fast it went, fan in."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from videos import queue
from videos.measured import Speed
from videos.models import Segment, Upscale
from videos.quotas import media_limits
from videos.storage import scratch, store, writing
from videos.work import trials
from videos.work.attempts import attempt
from videos.work.child import Child
from videos.work.claiming import claim_next, claimable, count_frames, keep
from videos.work.leases import Hold, Lost

SPEEDS_KEPT = 100  # of each choice

child = Child()  # one for each worker process, warm between segments


def work() -> None:
    """Work on the trial or the segment whose turn it is, if there is one, and let another worker look too."""
    trial = None if child.tried and claimable().exists() else trials.claim_next()
    if trial is not None:
        queue.wake_heavy()
        trials.run(trial, child)
        return
    segment = claim_next()
    if segment is not None:
        queue.wake_heavy()
        run(segment)


def run(segment: Segment) -> None:
    """One attempt at one segment. Its file has a name of its own, so a late attempt harms nobody."""
    file = segment.attempt_file()
    target = segment.upscale.folder / file
    try:
        with attempt(segment, lambda frames: keep(segment, frames)) as hold:
            took = _make(segment, target, hold)
            if not segment.done(file):
                raise Lost
            remember_speed(segment, took["seconds"])
    finally:
        if segment.file != file:
            store().remove(target)
    if segment.file == file:
        count_frames(segment.upscale_id)
        fan_in(segment.upscale)


def _make(segment: Segment, target: Path, hold: Hold) -> dict[str, Any]:
    """Have the child process make it, and the two pictures of its last frame."""
    stills = segment.upscale.stills
    with ExitStack() as places, writing(target, segment.holder) as output:
        index = places.enter_context(store().fetched(segment.upscale.video.index))
        drawn = [places.enter_context(scratch(path, segment.holder)) for path in stills]
        took = child.run(request(segment, index, output, drawn), hold)
        for new, path in zip(drawn, stills, strict=True):
            if new.exists():
                store().put(new, path)
    return took


def remember_speed(segment: Segment, seconds: float) -> None:
    """For the quotes to come; the latest ones count."""
    upscale = segment.upscale
    choice = {"model": upscale.model, "scale": upscale.scale, "codec": upscale.settings.get("codec", "h264")}
    Speed.objects.create(**choice, pixels=upscale.video.pixels, frames=segment.frames, seconds=seconds)
    old = Speed.objects.filter(**choice).values_list("pk", flat=True)[SPEEDS_KEPT:]
    Speed.objects.filter(pk__in=list(old)).delete()


def request(segment: Segment, index: Path, output: Path, stills: Sequence[Path]) -> dict[str, Any]:
    """What `python -m duf serve` is asked."""
    upscale = segment.upscale
    video = upscale.video
    return {
        "source": str(store().source(video.source)),
        "clip": video.facts,
        "index": str(index),
        "start": segment.start,
        "stop": segment.stop,
        "alone": upscale.sample,
        "model": upscale.model,
        "scale": upscale.scale,
        "precision": upscale.precision or None,
        "settings": upscale.settings,
        "limits": media_limits(video.owner).to_json(),
        "stills": [str(path) for path in stills],
        "output": str(output),
    }


def fan_in(upscale: Upscale) -> None:
    """If that was the last segment, call for the assembly; exactly one caller does."""
    if upscale.assemble():
        queue.wake_assemble(upscale.pk)
