"""A part of a video: from times that a person writes to frames, and back."""

from django.utils.translation import gettext

from duf import clock
from videos.models import Upscale, Video
from videos.quotas import Refused

Stretch = tuple[int, int]  # the first frame, and the one after the last


def stretch_of(video: Video, start: float | None, end: float | None) -> Stretch | None:
    """The frames between two moments in seconds; None for all of them. Raises `Refused` if there are none."""
    if start is None and end is None:
        return None
    index = video.read_index()
    first, stop = index.between(video.clip.video.tick, start or 0.0, end)
    if first == stop:
        raise Refused(gettext("There is no picture between these times; choose an earlier start or a later end."))
    return None if (first, stop) == (0, len(index)) else (first, stop)


def frames_of(video: Video, stretch: Stretch | None) -> int:
    """How many frames there are in a part, or in all."""
    return stretch[1] - stretch[0] if stretch else video.frames or 0


def times_of(job: Upscale) -> tuple[str, str]:
    """The moments between which a job was asked for, as the form takes them; empty for the beginning and the end."""
    if job.start is None or job.stop is None:
        return "", ""
    index = job.video.read_index()
    seconds = (index.pts - index.pts[0]) * float(job.video.clip.video.tick)
    end = clock.written(float(seconds[job.stop])) if job.stop < len(index) else ""
    return clock.written(float(seconds[job.start])) if job.start else "", end
