"""Decoded pictures of any kind become frames of one size and one of two formats. Runs in the decoding process only."""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane

from duf.media.facts import Interlaced, VideoFacts
from duf.media.frames import Plane
from duf.media.timing import Stamp

FULL = 2  # FFmpeg's number of the full range
SCALED = {0, 1, 2, 4, 5, 6, 7, 9}  # matrices that the scaler knows; it fails over the others, though it needs none here
SCALING = "bicubic+accurate_rnd+full_chroma_int+bitexact"
LEAST_SIDE_TO_DEINTERLACE = 8
Planes = tuple[Plane, Plane, Plane]
# All of a known order of fields, all by their own flags, or none, whatever their flags say.
Method = Literal[Interlaced, "all", "never"]
AS_THEY_ARE = ("no", "never")


class Normaliser:
    """Feed it decoded pictures; it gives back as many, in the same order, in the clip's working format and size."""

    def __init__(self, video: VideoFacts, method: Method) -> None:
        self._video = video
        self._method = method
        self._graph: _Graph | None = None
        self._key: tuple[Any, ...] = ()
        self._waiting: deque[Stamp] = deque()
        self.resized = self.deinterlaced = 0

    def push(self, frame: VideoFrame) -> Iterator[tuple[Stamp, Planes]]:
        """The pictures that are ready once this one is in."""
        if self._method == "no" and frame.interlaced_frame:
            self._method = "flagged"
        self.resized += (frame.width, frame.height) != (self._video.width, self._video.height)
        self.deinterlaced += self._method not in (*AS_THEY_ARE, "flagged") or (
            self._method == "flagged" and frame.interlaced_frame
        )
        stamp = Stamp(frame.pts, frame.dts, frame.duration)
        if self._fits(frame):
            yield from self.finish()
            yield stamp, planes_of(frame)
            return
        key = (frame.format.name, frame.width, frame.height, frame.colorspace, frame.color_range, self._method)
        if key != self._key:
            yield from self.finish()
            self._graph, self._key = _Graph(frame, self._video, self._method), key
        assert self._graph
        self._waiting.append(stamp)
        for ready in self._graph.push(frame):
            yield self._waiting.popleft(), planes_of(ready)

    def finish(self) -> Iterator[tuple[Stamp, Planes]]:
        """The pictures that were waiting for a next one."""
        if self._graph:
            for ready in self._graph.push(None):
                yield self._waiting.popleft(), planes_of(ready)
        self._graph, self._key = None, ()

    def _fits(self, frame: VideoFrame) -> bool:
        same = (self._video.width, self._video.height) == (frame.width, frame.height)
        plain = plain_name(frame.format.name) == self._video.format
        return same and plain and self._method in AS_THEY_ARE and all(plane.line_size > 0 for plane in frame.planes)


class _Graph:
    """FFmpeg's filters from one kind of picture to the working one."""

    def __init__(self, frame: VideoFrame, video: VideoFacts, method: Method) -> None:
        self._graph = Graph()
        self._graph.threads = 1
        self._count = 0
        nodes = begun(self._graph, frame)
        if method not in AS_THEY_ARE and min(frame.width, frame.height) >= LEAST_SIDE_TO_DEINTERLACE:
            nodes += self._deinterlacer(method)
        size = f"{video.width}:{video.height}"
        nodes.append(self._graph.add("scale", f"{size}:{_conversion(frame)}"))
        nodes.append(self._graph.add("format", f"pix_fmts={video.format}"))
        nodes.append(self._graph.add("buffersink"))
        self._graph.link_nodes(*nodes)
        self._graph.configure()

    def _deinterlacer(self, method: Method) -> list[FilterContext]:
        which = "interlaced" if method == "flagged" else "all"
        bwdif = self._graph.add("bwdif", f"mode=send_frame:parity=auto:deint={which}")
        return [self._graph.add("setfield", method), bwdif] if method in ("tff", "bff") else [bwdif]

    def push(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        if frame is None:
            self._graph.vpush(None)
        else:
            own = frame.pts, frame.time_base
            frame.pts, frame.time_base = self._count, Fraction(1)
            self._graph.vpush(frame)
            frame.pts, frame.time_base = own  # another graph may take it too
            self._count += 1
        return pulled(self._graph)


def pulled(graph: Graph) -> Iterator[VideoFrame]:
    """What a filter graph has ready."""
    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def begun(graph: Graph, frame: VideoFrame) -> list[FilterContext]:
    """The first nodes of a graph that may scale frames like this one."""
    source = graph.add("buffer", **source_of(frame))
    return [source] if frame.colorspace in SCALED else [source, graph.add("setparams", "colorspace=unknown")]


def source_of(frame: VideoFrame) -> dict[str, str]:
    """Options of the buffer filter for frames like this one."""
    return {
        "video_size": f"{frame.width}x{frame.height}",
        "pix_fmt": frame.format.name,
        "time_base": "1/1",
        "pixel_aspect": "1/1",
        "colorspace": str(frame.colorspace),
        "range": str(frame.color_range),
    }


def _conversion(frame: VideoFrame) -> str:
    """Options of the scale filter that keep the range as it is, and make limited BT.709 of RGB."""
    name = frame.format.name
    if frame.format.is_rgb or frame.format.has_palette:
        return f"flags={SCALING}:out_range=limited:out_color_matrix=bt709"
    full = frame.color_range == FULL or plain_name(name) != name or name.startswith(("gray", "ya", "mono"))
    kept = "full" if full else "limited"  # grey is always taken as full by the scaler, so its values stay
    return f"flags={SCALING}:in_range={kept}:out_range={kept}"


def plain_name(name: str) -> str:
    """The format without the outdated way to say that its range is full: yuvj420p is yuv420p."""
    return name.replace("yuvj", "yuv")


def planes_of(frame: VideoFrame) -> Planes:
    """Views of a working frame's planes."""
    kind = np.uint16 if frame.format.name == "yuv420p10le" else np.uint8
    y, u, v = (samples_of(plane, kind) for plane in frame.planes)
    return y, u, v


def samples_of(plane: VideoPlane, kind: type[np.uint8] | type[np.uint16]) -> Plane:
    """View of a plane, [h, w] without padding."""
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    used = rows[:, : plane.width * np.dtype(kind).itemsize]
    return used if kind is np.uint8 else used.view(np.uint16)
