"""Watching a job while it runs: its finished segments as a browser plays them, and the last finished frame."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.urls import reverse

from duf.errors import DufError
from duf.media.encode import CODECS
from duf.media.join import assembly, join
from duf.pipeline import silent
from videos import words
from videos.models import Segment, Upscale
from videos.quotas import media_limits
from videos.storage import store, writing
from videos.work.planning import prepared


def finished(upscale: Upscale) -> dict[str, Any]:
    """What there is to see so far, as the page's script asks for it."""
    segments = upscale.segments.filter(state=Segment.State.DONE).exclude(file="").order_by("number")
    shown = [_described(upscale, segment) for segment in segments] if upscale.active and plays(upscale) else []
    return {"active": upscale.active, "segments": shown, "stills": _stills(upscale) if upscale.active else None}


def plays(upscale: Upscale) -> bool:
    """Whether every browser plays the segments as they are, put into MP4."""
    video = (upscale.video.facts or {}).get("video", {})
    encoder = CODECS[upscale.settings.get("codec", "h264")].encoder
    return (encoder, video.get("format")) == ("libx264", "yuv420p")


def playable(segment: Segment) -> Path | None:
    """The file of a finished segment as MP4, made when it is first asked for; None if there is none."""
    upscale = segment.upscale
    if segment.state != Segment.State.DONE or not segment.file or not plays(upscale):
        return None
    source = upscale.folder / segment.file
    target = source.with_suffix(".mp4")
    try:
        if not store().look(target):
            _make(upscale, segment, source, target)
    except (DufError, OSError):  # the job has just ended or been deleted, and its files with it
        return None
    return target


def _make(upscale: Upscale, segment: Segment, source: Path, target: Path) -> None:
    """The same packets in MP4, and nothing beside them."""
    work, index = silent(prepared(upscale)), upscale.video.read_index()
    stretch = slice(segment.start, segment.stop)
    parts = assembly(work.clip, work.container, index.pts[stretch], index.duration[stretch], whole=False)
    with store().fetched(source) as pictures, writing(target, uuid4().hex) as temporary:
        join(work.source, [pictures], parts, temporary, media_limits(upscale.video.owner))


def _described(upscale: Upscale, segment: Segment) -> dict[str, Any]:
    return {
        "url": reverse("videos:segment", args=[upscale.pk, segment.number]),
        "text": words.stretch(upscale.video, segment.start, segment.stop),
    }


def _stills(upscale: Upscale) -> dict[str, str] | None:
    before, after = upscale.stills
    drawn = store().look(before) and store().look(after)
    if not drawn:
        return None
    urls = (  # another address for another frame
        reverse("videos:still", args=[upscale.pk, which]) + f"?{drawn.stamp}" for which in ("before", "after")
    )
    return dict(zip(("before", "after"), urls, strict=True))
