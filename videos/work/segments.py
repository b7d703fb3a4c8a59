"""Working on one segment: claim, upscale in the child process, publish, fan in."""

from pathlib import Path
from typing import Any

from videos import queue, storage
from videos.models import Segment, Upscale
from videos.quotas import media_limits
from videos.work.attempts import attempt
from videos.work.child import Child
from videos.work.claiming import claim_next, count_frames, keep
from videos.work.leases import Lost

child = Child()  # one for each worker process, warm between segments


def work() -> None:
    """Work on the segment whose turn it is, if there is one, and let another worker look too."""
    segment = claim_next()
    if segment is not None:
        queue.wake_heavy()
        run(segment)


def run(segment: Segment) -> None:
    """One attempt at one segment. Its file has a name of its own, so a late attempt harms nobody."""
    file = segment.attempt_file()
    output = segment.upscale.folder / file
    try:
        with attempt(segment, lambda frames: keep(segment, frames)) as hold:
            output.parent.mkdir(exist_ok=True)
            child.run(request(segment, output), hold)
            storage.sync(output)
            if not segment.done(file):
                raise Lost
    finally:
        if segment.file != file:
            output.unlink(missing_ok=True)
    if segment.file == file:
        count_frames(segment.upscale_id)
        fan_in(segment.upscale)


def request(segment: Segment, output: Path) -> dict[str, Any]:
    """What `python -m duf serve` is asked."""
    upscale = segment.upscale
    video = upscale.video
    return {
        "source": str(video.source),
        "clip": video.facts,
        "index": str(video.index),
        "start": segment.start,
        "stop": segment.stop,
        "model": upscale.model,
        "scale": upscale.scale,
        "precision": upscale.precision or None,
        "settings": upscale.settings,
        "limits": media_limits(video.owner).to_json(),
        "output": str(output),
    }


def fan_in(upscale: Upscale) -> None:
    """If that was the last segment, call for the assembly; exactly one caller does."""
    if upscale.assemble():
        queue.wake_assemble(upscale.pk)
