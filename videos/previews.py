"""Watching a job while it runs: its finished segments as a browser plays them, and the last finished frame."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.urls import reverse

from duf.errors import DufError
from duf.media.frames import Index
from duf.media.join import assembly, join
from duf.pipeline import silent
from videos import words
from videos.models import Segment, Upscale
from videos.quotas import media_limits
from videos.work.planning import prepared


def finished(upscale: Upscale) -> dict[str, Any]:
    """What there is to see so far, as the page's script asks for it."""
    segments = upscale.segments.filter(state=Segment.State.DONE).exclude(file="").order_by("number")
    shown = [_described(upscale, segment) for segment in segments] if upscale.active and plays(upscale) else []
    return {"active": upscale.active, "segments": shown, "stills": _stills(upscale) if upscale.active else None}


def plays(upscale: Upscale) -> bool:
    """Whether every browser plays the segments as they are, put into MP4."""
    video = (upscale.video.facts or {}).get("video", {})
    return (upscale.settings.get("codec", "h264"), video.get("format")) == ("h264", "yuv420p")


def playable(segment: Segment) -> Path | None:
    """The file of a finished segment as MP4, made when it is first asked for; None if there is none."""
    upscale = segment.upscale
    source = upscale.folder / segment.file
    if segment.state != Segment.State.DONE or not segment.file or not source.is_file() or not plays(upscale):
        return None
    target = source.with_suffix(".mp4")
    try:
        if not target.exists():
            _make(upscale, segment, source, target)
    except (DufError, OSError):  # the job has just ended or been deleted, and its files with it
        return None
    return target


def _make(upscale: Upscale, segment: Segment, source: Path, target: Path) -> None:
    """The same packets in MP4, and nothing beside them."""
    work, index = silent(prepared(upscale)), Index.load(upscale.video.index)
    stretch = slice(segment.start, segment.stop)
    parts = assembly(work.clip, work.container, index.pts[stretch], index.duration[stretch], whole=False)
    temporary = target.with_name(f"{target.stem}.{uuid4().hex}.part")
    try:
        join(work.source, [source], parts, temporary, media_limits(upscale.video.owner))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _described(upscale: Upscale, segment: Segment) -> dict[str, Any]:
    return {
        "url": reverse("videos:segment", args=[upscale.pk, segment.number]),
        "text": words.stretch(upscale.video, segment.start, segment.stop),
    }


def _stills(upscale: Upscale) -> dict[str, str] | None:
    before, after = upscale.stills
    if not (before.is_file() and after.is_file()):
        return None
    drawn = after.stat().st_mtime_ns  # another address for another frame
    urls = (reverse("videos:still", args=[upscale.pk, which]) + f"?{drawn}" for which in ("before", "after"))
    return dict(zip(("before", "after"), urls, strict=True))
