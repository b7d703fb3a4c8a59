"""Making the result of the finished segments: join, compare with the source, publish by one rename.

A sample keeps its segments, for the whole job to come, and gets what a browser needs to show it beside the original.
"""

import uuid
from contextlib import ExitStack
from pathlib import Path

from duf.media import Clip, Index, Limits, probe
from duf.media import index as index_of
from duf.media.join import EXTENSIONS, Assembly, assembly, for_results
from duf.media.rendition import is_playable, render
from duf.media.source import Source
from duf.pipeline import Work, index_assembly, silent
from duf.pipeline import assemble as join_and_verify
from videos.models import Upscale
from videos.storage import sha256, store, writing
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
    store().remove(*(path for path in store().paths(upscale.folder) if path.name != upscale.file))


def _assemble(upscale: Upscale, hold: Hold) -> None:
    work, index = prepared(upscale), upscale.video.read_index()
    result = upscale.folder / f"result-{upscale.holder}{EXTENSIONS[work.container]}"
    try:
        with ExitStack() as fetched, writing(result, upscale.holder) as new:
            segments = [
                fetched.enter_context(store().fetched(upscale.folder / segment.file, hold.check))
                for segment in upscale.segments.order_by("number")
            ]
            receipt = join_and_verify(work, _parts(upscale, work, index), segments, new, hold.count)
            if upscale.sample:
                _make_playable(upscale, work, index, new)
            made = {"size": new.stat().st_size, "sha256": sha256(new, hold.check), "receipt": receipt.to_json()}
        if not upscale.done(file=result.name, container=result.suffix[1:], **made):
            raise Lost
    finally:
        if upscale.file != result.name:
            store().remove(result)


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
    if not store().look(stretch):
        _render(upscale, stretch, work.source, silent(work).clip, index, slice(start, stop), work.limits)
    limits = for_results(work.limits)
    made = probe(result, limits)
    if not is_playable(made.video):
        frames = index_of(result, limits)
        _render(upscale, upscale.rendition, result, made, frames, slice(0, len(frames)), limits)


def _render(
    upscale: Upscale, target: Path, source: Source, clip: Clip, index: Index, frames: slice, limits: Limits
) -> None:
    with writing(target, upscale.holder) as temporary:
        render(source, clip, index, frames.start, frames.stop, temporary, limits)
