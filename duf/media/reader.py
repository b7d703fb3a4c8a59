"""What a program may ask of a video file. The file's bytes are parsed in the decoding process, never here."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duf.errors import MediaError
from duf.media.facts import DEFAULT_LIMITS, Clip, Deinterlace, Limits, VideoFacts
from duf.media.filmstrip import small
from duf.media.frames import Frame, Index
from duf.media.sandbox import Sandbox
from duf.media.source import Source
from duf.media.wire import BEAT, FRAME, NOTE, SHOT

CHANGED = "The file is not the one that was looked at first; upload it again."
EMPTY = "No picture of this file can be decoded; copy or export it again."
WARM_UP = 2  # frames decoded before the wanted one: a deinterlacer looks back
POSTER_LOOKED_AT = 100  # frames
FAR = 300  # frames to go back where the near key frame does not lead to the same pictures
NOTICED, FEW = 0.05, 2  # share and frames by which header and pictures have to disagree about the length to be told

Frames = Generator[Frame, None, None]


def probe(path: Source, limits: Limits = DEFAULT_LIMITS) -> Clip:
    """What a file is. MediaError, in one sentence, if it is not a video that can be decoded."""
    with Sandbox("probe", {}, [path], limits) as sandbox:
        return next(Clip.from_json(payload) for kind, payload in sandbox.messages() if kind == NOTE)


def index(
    path: Source,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int], None] | None = None,
    show: Callable[[Frame], None] | None = None,
) -> Index:
    """Decode all of a file to list its frames; `progress` is told how many there are so far.

    At the end `show` gets up to twelve small frames, evenly spread: the even sides are those of `filmstrip.small`.
    It may be killed at any moment and begins anew when called again. Raises MediaError.
    """
    rows: list[tuple[int, int, int, bool]] = []
    notes: list[Any] = []
    shots: list[NDArray[np.uint8]] = []
    with Sandbox("index", {}, [path], limits) as sandbox:
        for kind, payload in sandbox.messages():
            if kind == NOTE:
                notes.append(payload)
            elif kind == BEAT:
                rows += payload
                if progress:
                    progress(len(rows))
            elif kind == SHOT:
                shots.append(payload)
    if not rows:
        raise MediaError(EMPTY)
    clip = Clip.from_json(notes[0])
    if show:
        for ordinal, shot in zip(notes[2], shots, strict=True):
            show(_frame(shot, small(clip.video), ordinal))
    return _index(rows, clip, notes[1])


def read(
    path: Source,
    limits: Limits = DEFAULT_LIMITS,
    start: int = 0,
    stop: int | None = None,
    index: Index | None = None,
    tell: Callable[[str], None] | None = None,
    deinterlace: Deinterlace = "auto",
) -> Frames:
    """The frames of ordinals start <= n < stop. Close the generator to end the decoding process early.

    With an index the file is entered near `start`, and every frame is proven to be the index's by its crc; where that
    fails it is decoded from its beginning instead. Without one it is decoded from the first frame on, with the same
    result; then `tell` gets, at the end, the sentences that would be the index's notes. Raises MediaError.
    The crc and the cuts are those of the index, which is `auto`, whatever `deinterlace` makes of the planes.
    """
    if index is None:
        return _streamed(path, limits, start, stop, tell, deinterlace)
    return _indexed(path, limits, index, start, len(index) if stop is None else min(stop, len(index)), deinterlace)


def poster(path: Source, limits: Limits = DEFAULT_LIMITS) -> Frame:
    """A frame to show a clip by: the first that is neither dark nor flat, else the first. Raises MediaError."""
    first = None
    with closing(read(path, limits, stop=POSTER_LOOKED_AT)) as frames:
        for frame in frames:
            first = first or frame
            if _is_good(frame):
                return frame
    if first is None:
        raise MediaError(EMPTY)
    return first


def _is_good(frame: Frame) -> bool:
    luma = frame.planes[0].astype(np.float32) / (1023 if frame.planes[0].dtype == np.uint16 else 255)
    return bool(luma.mean() > 0.15 and luma.std() > 0.05)


def _streamed(
    path: Source,
    limits: Limits,
    start: int,
    stop: int | None,
    tell: Callable[[str], None] | None,
    deinterlace: Deinterlace,
) -> Frames:
    with closing(_frames(path, limits, "read", {"skip": start, "deinterlace": deinterlace}, tell)) as frames:
        for frame in islice(frames, None if stop is None else max(0, stop - start)):
            yield replace(frame, ordinal=start + frame.ordinal)


def _indexed(path: Source, limits: Limits, index: Index, start: int, stop: int, deinterlace: Deinterlace) -> Frames:
    at = start if deinterlace == "auto" else max(0, start - WARM_UP)  # else the crc does not see what it looked back at
    for back in (WARM_UP, FAR, None):
        if at >= stop:
            return
        job, request = _entry(index, at, back)
        with closing(_frames(path, limits, job, request | {"deinterlace": deinterlace})) as frames:
            for frame in frames:
                if frame.crc != index.crc[at]:
                    break
                if at >= start:
                    yield _as_indexed(frame, index, at)
                at += 1
                if at == stop:
                    return
    raise MediaError(CHANGED)


def _as_indexed(frame: Frame, index: Index, at: int) -> Frame:
    pts, duration, cut = int(index.pts[at]), int(index.duration[at]), bool(index.cuts[at])
    return replace(frame, pts=pts, duration=duration, cut=cut, ordinal=at)


def _entry(index: Index, at: int, back: int | None) -> tuple[str, dict[str, Any]]:
    """The job that begins with frame `at`: by seeking, or (back is None, or it cannot be) from the file's beginning."""
    if back is None or at <= back or index.repaired:
        return "read", {"skip": at}
    return "read_from", {"seek": int(index.pts[at - back]), "first": int(index.pts[at])}


def _frames(
    path: Source, limits: Limits, job: str, request: dict[str, Any], tell: Callable[[str], None] | None = None
) -> Frames:
    """The frames that a job sends, numbered from 0."""
    notes: list[Any] = []
    shots = 0
    with Sandbox(job, request, [path], limits) as sandbox:
        for kind, payload in sandbox.messages():
            if kind == NOTE:
                notes.append(payload)
            elif kind == SHOT:
                yield _frame(payload, Clip.from_json(notes[0]).video, shots)
                shots += 1
    if tell and len(notes) == 2:
        for sentence in _notes(Clip.from_json(notes[0]).video, notes[1]):
            tell(sentence)


def _frame(data: NDArray[np.uint8], video: VideoFacts, ordinal: int) -> Frame:
    pts, duration, crc, cut = FRAME.unpack(data[: FRAME.size].tobytes())
    kind = np.uint16 if video.bit_depth == 10 else np.uint8
    samples = data[FRAME.size :].view(kind)
    height, width = video.height, video.width
    half = ((height + 1) // 2, (width + 1) // 2)
    ends = [height * width, height * width + half[0] * half[1]]
    y, u, v = np.split(samples, ends)
    return Frame((y.reshape(height, width), u.reshape(half), v.reshape(half)), pts, duration, ordinal, cut, crc)


def _index(rows: Sequence[tuple[int, int, int, bool]], clip: Clip, tally: dict[str, int]) -> Index:
    pts, duration, crc, cuts = (np.array(column) for column in zip(*rows, strict=True))
    return Index(
        pts.astype(np.int64),
        duration.astype(np.int64),
        crc.astype(np.uint32),
        cuts.astype(np.bool_),
        repaired=tally["repaired"],
        damaged=tally["damaged"],
        resized=tally["resized"],
        deinterlaced=tally["deinterlaced"],
        notes=list(_notes(clip.video, tally)),
    )


def _notes(video: VideoFacts, tally: dict[str, int]) -> Iterator[str]:
    """What decoding all of a file showed, as sentences."""
    seconds, said = float(tally["span"] * video.tick), video.duration
    if said is not None and abs(said - seconds) > max(NOTICED * said, FEW * seconds / max(1, tally["frames"])):
        yield f"The file says that it lasts {said:.2f} s, but it holds {seconds:.2f} s of pictures; all are used."
    if tally["repaired"]:
        yield f"Missing, doubled or backward timestamps are repaired ({_frames_of(tally['repaired'])})."
    if tally["damaged"]:
        yield "Parts of the file cannot be decoded; pictures there may be missing or show errors."
    if tally["resized"]:
        size = f"{video.width}x{video.height}"
        yield f"The picture changes its size; {_frames_of(tally['resized'])} are scaled to the first size, {size}."


def _frames_of(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
