"""Making the result of the finished segments: join, compare with the source, publish by one rename.

A sample keeps its segments, for the whole job to come, and gets what a browser needs to show it beside the original.
"""

import uuid
from pathlib import Path

from duf.media import Clip, Index, Limits, probe
from duf.media import index as index_of
from duf.media.join import EXTENSIONS, Assembly, assembly, for_results
from duf.media.rendition import is_playable, render
from duf.pipeline import Work, index_assembly
from duf.pipeline import assemble as join_and_verify
from videos import storage
from videos.models import Upscale
from videos.work import trials
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
        if upscale.sample:
            trials.learn_from(upscale)
        else:
            forget_segments(upscale)


def forget_segments(upscale: Upscale) -> None:
    """Nobody needs the pieces of a finished result: the rows let go of them first, then the files go."""
    upscale.segments.update(file="")
    for path in upscale.folder.iterdir():
        if path.name != upscale.file:
            path.unlink(missing_ok=True)


def _assemble(upscale: Upscale, hold: Hold) -> None:
    work, index = prepared(upscale), Index.load(upscale.video.index)
    parts = _parts(upscale, work, index)
    segments = [upscale.folder / segment.file for segment in upscale.segments.order_by("number")]
    result = upscale.folder / f"result-{upscale.holder}{EXTENSIONS[work.container]}"
    try:
        receipt = join_and_verify(work, parts, segments, result, hold.count)
        if upscale.sample:
            _make_playable(upscale, work, index, result)
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


def _parts(upscale: Upscale, work: Work, index: Index) -> Assembly:
    """What the result consists of, beside its segments."""
    if upscale.stop is None:
        return index_assembly(work, index)
    stretch = slice(upscale.start, upscale.stop)
    return assembly(work.clip, work.container, index.pts[stretch], index.duration[stretch], whole=False)


def _make_playable(upscale: Upscale, work: Work, index: Index, result: Path) -> None:
    """The same frames of the source for the page, and the result in another form if not every browser plays it."""
    start, stop = upscale.start or 0, upscale.stop or len(index)
    stretch = upscale.video.stretch(start, stop)
    if not stretch.exists():
        _render(upscale, stretch, work.source, work.clip, index, slice(start, stop), work.limits)
    limits = for_results(work.limits)
    made = probe(result, limits)
    if not is_playable(made.video):
        frames = index_of(result, limits)
        _render(upscale, upscale.rendition, result, made, frames, slice(0, len(frames)), limits)


def _render(
    upscale: Upscale, target: Path, source: Path, clip: Clip, index: Index, frames: slice, limits: Limits
) -> None:
    """By a name of this attempt's own, which the sweep knows."""
    temporary = target.with_name(f"{target.stem}-{upscale.holder}.mp4")
    render(source, clip, index, frames.start, frames.stop, temporary, limits)
    storage.publish(temporary, target)
