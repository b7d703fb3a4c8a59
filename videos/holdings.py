"""The files that rows vouch for: what a backup must hold, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from videos.models import Segment, Upscale, Video
from videos.storage import store


@dataclass(frozen=True)
class Holding:
    """A finished file, which does not change any more; or the first `bytes` of one that still grows."""

    path: Path
    bytes: int | None = None


def holdings(database: str = "default") -> Iterator[Holding]:
    """Of all rows of a database."""
    for video in Video.objects.using(database).iterator():
        yield from _of_video(video)
    stretches: set[Path] = set()  # several samples share one
    for upscale in Upscale.objects.using(database).exclude(file="").select_related("video").iterator():
        yield Holding(upscale.folder / upscale.file)
        if store().look(upscale.rendition):
            yield Holding(upscale.rendition)
        if upscale.sample:
            stretches.add(upscale.video.stretch(upscale.start or 0, upscale.stop or 0))
    yield from (Holding(stretch) for stretch in sorted(stretches) if store().look(stretch))
    segments = Segment.objects.using(database).exclude(file="").select_related("upscale__video")
    for segment in segments.iterator():
        yield Holding(segment.upscale.folder / segment.file)


def _of_video(video: Video) -> Iterator[Holding]:
    if video.state == Video.State.UPLOADING:
        if not settings.S3_BUCKET:  # which shows nobody the parts of an unfinished upload: it begins anew
            yield Holding(video.source, video.offset)
    elif not video.original_removed:
        yield Holding(video.source)
        if video.state == Video.State.READY:
            yield Holding(video.index)
    for picture in (video.poster, video.filmstrip):
        if store().look(picture):
            yield Holding(picture)
