"""From a file to its frames: normalised, timed, cut into scenes. Runs in the decoding process only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice, tee
from typing import BinaryIO
from zlib import crc32

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from duf.errors import MediaError
from duf.media.demux import DAMAGED, TOO_LARGE, check_log, check_size, listening, opened, picture_track, said
from duf.media.describe import described
from duf.media.facts import Clip, Deinterlace, Interlaced, Limits
from duf.media.interlace import FieldDetector
from duf.media.normalise import Method, Normaliser, Planes
from duf.media.scenes import SceneDetector
from duf.media.sniff import PICTURE as STILL
from duf.media.timing import Stamp, timed
from duf.media.wire import Picture

LOOKED_AT = 24  # pictures, before the facts are settled
DAMAGE = 10_000  # packets that could not be decoded, before giving up

Known = tuple[Planes, Planes]  # a frame as asked for, and as the index knows it: deinterlaced where it is interlaced


@dataclass
class Tally:
    """What happened on the way, in frames; span is in ticks, from the first one's start to the last one's end."""

    frames: int = 0
    span: int = 0
    damaged: int = 0
    resized: int = 0
    deinterlaced: int = 0
    repaired: int = 0


class Decoder:
    """One file, decoded as often as wanted."""

    def __init__(self, file: BinaryIO, limits: Limits, deinterlace: Deinterlace = "auto") -> None:
        self._file, self._limits = file, limits
        self.clip, self._method = self._look(deinterlace)

    def pictures(self, tally: Tally) -> Iterator[Picture]:
        """Every frame from the first to the last."""
        scenes, video, start = SceneDetector(), self.clip.video, 0
        with opened(self._file, self._limits) as container:
            normalised = self._normalised(container, tally)
            for entry in timed(normalised, _ticks_per_frame(self.clip), max(1, round(1 / video.tick))):
                start = start if tally.frames else entry.pts
                tally.frames += 1
                tally.span = entry.pts + entry.duration - start
                tally.repaired += entry.repaired
                self._check_length(tally)
                yield _picture(entry.pts, entry.duration, scenes.is_cut(entry.item[1][0]), entry.item)

    def pictures_from(self, seek_to: int, first: int) -> Iterator[Picture]:
        """Frames from the one whose pts is `first` on, found by seeking; without durations and cuts.

        What comes is only as good as the file's own table of key frames: compare it with the index. It may be nothing.
        """
        with opened(self._file, self._limits) as container:
            stream = picture_track(container, self._limits)
            try:
                container.seek(seek_to, stream=stream)
            except av.error.FFmpegError:
                return
            for stamp, known in self._normalised(container, Tally()):
                if stamp.pts is not None and stamp.pts >= first:
                    yield _picture(stamp.pts, 0, False, known)

    def _check_length(self, tally: Tally) -> None:
        if tally.frames > self._limits.frames:
            raise MediaError(f"The video has more than the {self._limits.frames} frames allowed; cut it into parts.")
        if tally.span * self.clip.video.tick > self._limits.seconds:
            minutes = self._limits.seconds / 60
            raise MediaError(f"The video is longer than the {minutes:.3g} minutes allowed; cut it into parts.")

    def _normalised(self, container: InputContainer, tally: Tally) -> Iterator[tuple[Stamp, Known]]:
        stream = picture_track(container, self._limits)
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        frames = _frames(container, stream, self._limits, tally)
        if self._method == self.clip.video.interlaced:
            for stamp, planes in self._through(self._method, frames, tally):
                yield stamp, (planes, planes)
            return
        mine, theirs = tee(frames)
        usual = self._through(self.clip.video.interlaced, theirs, Tally())
        for (stamp, planes), (_, known) in zip(self._through(self._method, mine, tally), usual, strict=True):
            yield stamp, (planes, known)

    def _through(self, method: Method, frames: Iterator[VideoFrame], tally: Tally) -> Iterator[tuple[Stamp, Planes]]:
        normaliser = Normaliser(self.clip.video, method)
        for frame in frames:
            yield from normaliser.push(frame)
            tally.resized, tally.deinterlaced = normaliser.resized, normaliser.deinterlaced
        yield from normaliser.finish()

    def _look(self, deinterlace: Deinterlace) -> tuple[Clip, Method]:
        with opened(self._file, self._limits) as container:
            stream = picture_track(container, self._limits)
            frames = _frames(container, stream, self._limits, Tally())
            first = next(frames, None)
            if first is None:
                raise MediaError(DAMAGED)
            fields, seen = FieldDetector(), 0
            for frame in chain([first], islice(frames, LOOKED_AT - 1)):
                fields.see(frame)
                seen += 1
            if container.format.name == "gif" and seen == 1:
                raise MediaError(STILL)
            found = fields.verdict()
            return described(container, stream, first, found), _method(deinterlace, found, fields)


def at_sight(file: BinaryIO, limits: Limits) -> Clip:
    """What a file is by its first picture, taken for progressive."""
    with opened(file, limits) as container:
        stream = picture_track(container, limits)
        first = next(_frames(container, stream, limits, Tally()), None)
        if first is None:
            raise MediaError(DAMAGED)
        return described(container, stream, first, "no")


def _frames(container: InputContainer, stream: VideoStream, limits: Limits, tally: Tally) -> Iterator[VideoFrame]:
    try:
        for packet in container.demux(stream):
            yield from _decoded(stream, packet, limits, tally)
    except av.error.FFmpegError:  # the rest of the file cannot be read: what there is comes back
        tally.damaged += 1
        yield from _decoded(stream, None, limits, tally)


def _decoded(stream: VideoStream, packet: Packet[VideoStream] | None, limits: Limits, tally: Tally) -> list[VideoFrame]:
    try:
        with listening() as logs:
            frames = stream.decode(packet)
    except MemoryError as error:
        raise MediaError(TOO_LARGE) from error
    except av.error.FFmpegError as error:
        check_log(said(logs), limits)
        tally.damaged += 1
        if tally.damaged > DAMAGE:
            raise MediaError(DAMAGED) from error
        return []
    for frame in frames:
        check_size(frame.width, frame.height, limits)
        tally.damaged += frame.is_corrupt
    return frames


def _method(wanted: Deinterlace, found: Interlaced, fields: FieldDetector) -> Method:
    if wanted == "auto":
        return found
    if wanted == "off":
        return "never"
    return {"no": fields.likelier(), "flagged": "all"}.get(found, found)


def _picture(pts: int, duration: int, cut: bool, known: Known) -> Picture:
    mine, theirs = known
    planes = _bytes_of(mine)
    y, u, v = planes if theirs is mine else _bytes_of(theirs)
    return Picture(pts, duration, crc32(v, crc32(u, crc32(y))), cut, planes)


def _bytes_of(planes: Planes) -> tuple[memoryview, memoryview, memoryview]:
    y, u, v = (np.ascontiguousarray(plane).data.cast("B") for plane in planes)
    return y, u, v


def _ticks_per_frame(clip: Clip) -> int:
    rate = Fraction(*clip.video.average_rate) if clip.video.average_rate else Fraction(25)
    return max(1, round(1 / (rate * clip.video.tick)))
