"""Making the result of the finished segments: join, compare with the source, publish by one rename."""

import uuid

from duf.media import Index
from duf.media.join import EXTENSIONS
from duf.pipeline import assemble as join_and_verify
from duf.pipeline import index_assembly
from videos import storage
from videos.models import Upscale
from videos.work.attempts import attempt
from videos.work.leases import Hold, Lost, claim, extend
from videos.work.planning import prepared


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
    work = prepared(upscale)
    parts = index_assembly(work, Index.load(upscale.video.index))
    segments = [upscale.folder / segment.file for segment in upscale.segments.order_by("number")]
    result = upscale.folder / f"result-{upscale.holder}{EXTENSIONS[work.container]}"
    try:
        receipt = join_and_verify(work, parts, segments, result, hold.count)
        storage.sync(result)
        checksum = storage.sha256(result, hold.check)
        if not upscale.done(
            file=result.name,
            container=result.suffix[1:],
            size=result.stat().st_size,
            sha256=checksum,
            receipt=receipt.to_json(),
        ):
            raise Lost
    finally:
        if upscale.file != result.name:
            result.unlink(missing_ok=True)
