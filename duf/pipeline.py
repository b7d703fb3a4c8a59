"""Read, upscale, write: a whole file, a stretch of it, or one segment, in one stream and in constant memory."""

import os
import shutil
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np

from duf import catalog
from duf.choices import Choices
from duf.errors import MediaError
from duf.fitting import enlarged, shrunk, size_notes
from duf.media.colour import Planes, coding
from duf.media.encode import Encoder, EncodeSettings, check_depth, check_shape
from duf.media.facts import DEFAULT_LIMITS, Clip, Deinterlace, Limits, VideoFacts
from duf.media.frames import Frame, Index
from duf.media.join import Assembly, Container, assembly, container_for, join, settled, why_not_mp4
from duf.media.pictures import notes, stills, write_picture
from duf.media.reader import index as index_of
from duf.media.reader import probe, read
from duf.media.receipt import Receipt, receipt, verified
from duf.media.source import Source
from duf.resets import Reach, needed, pictures, run_of, run_starts
from duf.upscaler import Upscaler

SEGMENT_SECONDS = 60.0  # of work, by the static table
AHEAD = 3  # pictures that may wait for the encoder
PLAYED = ("aac", "flac", "mp3", "opus")  # sound that every browser plays in MP4
DEFAULT_CHOICES = Choices()

Progress = Callable[[int], None]  # told how many pictures are done
Made = Generator[tuple[Frame, Planes], None, None]
Times = tuple[np.ndarray, np.ndarray]  # pts and durations of the pictures


class Loaded(NamedTuple):
    """A model ready to work."""

    upscaler: Upscaler
    reach: Reach


@dataclass(frozen=True)
class Work:
    """What is to be done with one file, settled before the start; `clip.notes` says what cannot be kept."""

    source: Source
    clip: Clip
    container: Container
    scale: int
    settings: EncodeSettings
    limits: Limits = DEFAULT_LIMITS
    fit: str = ""  # the size into which it is shrunk after the network, see fitting.py
    deinterlace: Deinterlace = "auto"

    @property
    def video(self) -> VideoFacts:
        """The picture track of the result."""
        return enlarged(self.clip.video, self.scale, self.fit)


def load(name: str, scale: int, precision: str | None = None, sampling: str = "centre") -> Loaded:
    """A model by its name; ModelError if there is none, its weights are missing, or it has no such precision."""
    model = catalog.model(name)
    return Loaded(catalog.load(name, scale, sampling, precision), Reach(model.past, model.future, model.reset_every))


def prepare(
    source: Source,
    scale: int,
    choices: Choices = DEFAULT_CHOICES,
    limits: Limits = DEFAULT_LIMITS,
    clip: Clip | None = None,
) -> Work:
    """Look at a file and settle what becomes of it. MediaError if it cannot be upscaled as asked, without loss."""
    settings = choices.encoding
    clip = choices.applied(clip or probe(source, limits))
    check_depth(settings, clip.video.bit_depth)
    if choices.container == "mp4" and (loss := why_not_mp4(source, clip, limits)):
        raise MediaError(f"{loss}; choose Matroska (.mkv) to keep everything.")
    container = choices.container or container_for(source, clip, limits)
    check_shape(settings, clip.video.sample_aspect_ratio, container)
    clip = settled(source, clip, container, limits)
    told = replace(clip, notes=[*clip.notes, *size_notes(clip.video, scale, choices.fit)])
    return Work(source, told, container, scale, settings, limits, choices.fit, choices.deinterlace)


def plan(
    index: Index, clip: Clip, name: str, scale: int, start: int = 0, stop: int | None = None
) -> list[tuple[int, int]]:
    """The segments [start, stop) of a clip, or of a part of it: about a minute of work each by the model's table.

    All but the first begin where runs do; that one is made from the start of its run on.
    """
    model = catalog.model(name)
    per_frame = model.cost * clip.video.width * clip.video.height / 1e6
    bounds, end = [start], len(index) if stop is None else stop
    for run in run_starts(index.cuts, model.reset_every):
        if run < end and (run - bounds[-1]) * per_frame >= SEGMENT_SECONDS:
            bounds.append(run)
    return list(pairwise([*bounds, end]))


def upscale_file(
    work: Work,
    model: Loaded,
    output: Path,
    start: float | None = None,
    end: float | None = None,
    progress: Progress | None = None,
) -> Receipt:
    """Upscale a file, or its pictures of start <= seconds < end counted from the first one.

    `output` appears only when it is whole and its receipt is right. Raises DufError, and OSError for a full disk.
    """
    told: list[str] = []
    whole = start is None and end is None
    with _passing(output.with_name(f".{output.name}.{uuid4().hex}.pictures")) as segment:
        chosen = made_of_all(work, model, told.append) if whole else _stretch(work, model, start or 0.0, end)
        times = encode(chosen, work, segment, progress)
        parts = assembly(work.clip, work.container, *times, whole=whole)
        done = assemble(work, parts, [segment], output)
    return replace(done, notes=[*done.notes, *told])


def upscale_segment(
    work: Work,
    model: Loaded,
    index: Index,
    start: int,
    stop: int,
    output: Path,
    progress: Progress | None = None,
    see: Callable[[Frame, Planes], None] | None = None,
    alone: bool = False,
) -> None:
    """Encode the frames [start, stop) of an indexed file to `output`, as they are in the whole.

    Nothing is left on failure.
    `see` is shown every frame with its picture. `alone`: as if a run began at `start`, which is quicker inside a long
    one; a network's pictures are then those of the whole but for a few codes.
    """
    output.touch()
    try:
        made = (made_of if alone else _as_in_whole)(work, model, index, start, stop)
        times = encode(_seen(made, see) if see else made, work, output, progress)
        if len(times[0]) != stop - start:
            raise MediaError("The file is not the one that was looked at first; upload it again.")
    except BaseException:
        output.unlink(missing_ok=True)
        raise


def made_of_all(work: Work, model: Loaded, tell: Callable[[str], None] | None = None) -> Made:
    """All frames of a file with their pictures; `tell` hears what was wrong with it."""
    with closing(read(work.source, work.limits, tell=tell, deinterlace=work.deinterlace)) as frames:
        yield from pictures(frames, _upscale(work, model), model.reach)


def made_of(work: Work, model: Loaded, index: Index, start: int, stop: int) -> Made:
    """The frames [start, stop) of an indexed file with their pictures; `start` is taken for the start of a run."""
    first, last = needed(index.cuts, start, stop, model.reach)
    with closing(read(work.source, work.limits, first, last, index, deinterlace=work.deinterlace)) as frames:
        yield from pictures(frames, _upscale(work, model), model.reach, start, stop)


def _seen(made: Made, see: Callable[[Frame, Planes], None]) -> Made:
    with closing(made):
        for frame, picture in made:
            see(frame, picture)
            yield frame, picture


def silent(work: Work) -> Work:
    """The same pictures in MP4, and nothing beside them."""
    return replace(work, clip=replace(work.clip, tracks=[], chapters=[], notes=[]), container="mp4")


def heard(work: Work) -> Work:
    """The same pictures in MP4 with the first sound track that every browser plays, if one is kept."""
    sounds = [track for track in work.clip.tracks if track.kept and track.codec in PLAYED]
    quiet = silent(work)
    return replace(quiet, clip=replace(quiet.clip, tracks=sounds[:1]))


def assemble(
    work: Work, parts: Assembly, segments: Sequence[Path], output: Path, progress: Progress | None = None
) -> Receipt:
    """Join segments to the result, verify it, and only then give it its name. MediaError says what does not match."""
    with _passing(output.with_name(f".{output.name}.{uuid4().hex}.part")) as part:
        join(work.source, segments, parts, part, work.limits, progress)
        done = verified(receipt(work.source, part, work.clip, parts, work.video, work.limits))
        os.replace(part, output)
    return done


def upscale_pictures(source: Path, output: Path, model: Loaded, progress: Progress | None = None) -> dict[str, Any]:
    """Upscale a folder of PNG pictures as one clip, to pictures of the same names and depth; what was made.

    A new `output` appears only when it is whole; into one that exists the pictures are moved when all are made.
    """
    hidden = output.with_name(f".{output.name}.{uuid4().hex}.part")
    hidden.mkdir()
    try:
        made = _enlarge_pictures(source, hidden, model, progress)
        if output.is_dir():
            for path in sorted(hidden.iterdir()):
                os.replace(path, output / path.name)
        else:
            hidden.rename(output)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return made


def _enlarge_pictures(source: Path, output: Path, model: Loaded, progress: Progress | None) -> dict[str, Any]:
    count, size = 0, (0, 0)
    made = pictures(stills(source), lambda coming: model.upscaler.upscale(still.rgb for still in coming), model.reach)
    for still, picture in made:
        write_picture(output / still.name, picture, still.bits)
        count, size = count + 1, picture.shape[1::-1]
        if progress:
            progress(count)
    return {"ok": True, "frames": count, "width": size[0], "height": size[1], "notes": notes(source)}


def index_assembly(work: Work, index: Index) -> Assembly:
    """What the result of a whole indexed file consists of, beside its segments."""
    return assembly(work.clip, work.container, index.pts, index.duration)


def _stretch(work: Work, model: Loaded, start: float, end: float | None) -> Made:
    """The pictures from `start` to `end` seconds, the same as they are in the whole: runs begin where they do there."""
    index = index_of(work.source, work.limits)
    first, stop = index.between(work.clip.video.tick, start, end)
    if first < stop:
        yield from _as_in_whole(work, model, index, first, stop)


def _as_in_whole(work: Work, model: Loaded, index: Index, start: int, stop: int) -> Made:
    """The frames [start, stop) with the pictures that they have in the whole: from the start of a run on."""
    begin = run_of(index.cuts, model.reach.reset_every, start)
    with closing(made_of(work, model, index, begin, stop)) as made:
        for frame, picture in made:
            if frame.ordinal >= start:
                yield frame, picture


def _upscale(work: Work, model: Loaded) -> Callable[[Iterable[Frame]], Iterator[Planes]]:
    code, video = coding(work.clip.video), work.video
    result = coding(video)

    def larger(coming: Iterable[Frame]) -> Iterator[Planes]:
        return model.upscaler.upscale_planes((frame.planes for frame in coming), code, result)

    if video == enlarged(work.clip.video, work.scale):
        return larger
    return lambda coming: (shrunk(planes, video, result.site) for planes in larger(coming))


def encode(made: Made, work: Work, output: Path, progress: Progress | None) -> Times:
    """Write pictures as they come, encoding the last ones while the next are made; their pts and durations."""
    times: list[tuple[int, int]] = []
    waiting: deque[Future[None]] = deque()

    def write(frame: Frame, picture: Planes) -> None:
        encoder.write(picture, frame.pts, frame.duration)

    with Encoder(output, work.video, work.settings) as encoder, ThreadPoolExecutor(1) as pool, closing(made):
        for frame, picture in made:
            waiting.append(pool.submit(write, frame, picture))
            times.append((frame.pts, frame.duration))
            if len(waiting) > AHEAD:
                waiting.popleft().result()
            if progress:
                progress(len(times))
        for task in waiting:
            task.result()
    columns = np.array(times, np.int64).reshape(-1, 2).T
    return columns[0], columns[1]


@contextmanager
def _passing(path: Path) -> Iterator[Path]:
    """A new file that is gone afterwards, unless it was given another name."""
    path.touch(exist_ok=False)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
