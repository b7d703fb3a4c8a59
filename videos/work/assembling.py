"""Making the result of the finished segments: join, compare with the source, publish by one rename."""

import uuid
from pathlib import Path

from duf.errors import MediaError
from duf.media import Index
from duf.media.join import EXTENSIONS, assembly, container_for, join
from duf.media.receipt import receipt
from videos import quotas, storage
from videos.models import Upscale
from videos.work.attempts import attempt
from videos.work.leases import Hold, Lost, claim, extend

DIFFERS = "The result is not what the source promises ({}), so it was not kept; try again, and tell the administrator."


def assemble(pk: uuid.UUID) -> None:
    """Assemble a job whose segments are all done."""
    if claim(Upscale.objects.filter(pk=pk, state=Upscale.State.ASSEMBLING)) is None:
        return
    upscale = Upscale.objects.select_related("video__owner").get(pk=pk)
    with attempt(upscale, lambda frames: extend(upscale)) as hold:
        _assemble(upscale, hold)
    if upscale.state == Upscale.State.DONE:
        forget_segments(upscale)


def forget_segments(upscale: Upscale) -> None:
    """Nobody needs the pieces of a finished result: the rows let go of them first, then the files go."""
    upscale.segments.update(file="")
    for path in upscale.folder.iterdir():
        if path.name != upscale.file:
            path.unlink(missing_ok=True)


def _assemble(upscale: Upscale, hold: Hold) -> None:
    temporary = upscale.folder / f"joined-{upscale.holder}"
    try:
        _publish(upscale, _joined(upscale, temporary, hold), hold)
    finally:
        for leftover in upscale.folder.glob(f"{temporary.name}*"):
            leftover.unlink(missing_ok=True)


def _joined(upscale: Upscale, temporary: Path, hold: Hold) -> Path:
    video, index = upscale.video, Index.load(upscale.video.index)
    clip, limits = video.clip, quotas.media_limits(video.owner)
    container = container_for(video.source, clip, limits)
    output = temporary.with_suffix(EXTENSIONS[container])
    segments = [upscale.folder / segment.file for segment in upscale.segments.order_by("number")]
    join(video.source, segments, assembly(clip, container, index.pts, index.duration), output, limits, hold.count)
    return output


def _publish(upscale: Upscale, joined: Path, hold: Hold) -> None:
    video = upscale.video
    hold.check()
    found = receipt(video.clip, Index.load(video.index).pts, joined)
    if not found.ok:
        raise MediaError(DIFFERS.format("; ".join(found.differences)))
    checksum = storage.sha256(joined, hold.check)
    result = joined.with_name(f"result-{upscale.holder}{joined.suffix}")
    size = joined.stat().st_size
    storage.publish(joined, result)
    if not upscale.done(
        file=result.name, container=result.suffix[1:], size=size, sha256=checksum, receipt=found.to_json()
    ):
        result.unlink(missing_ok=True)
        raise Lost
