"""Whether a picture is interlaced: by the file's own flags, else by looking. Runs in the decoding process only."""

from collections import Counter

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from duf.media.facts import Interlaced
from duf.media.frames import Plane
from duf.media.normalise import LEAST_SIDE_TO_DEINTERLACE, begun, pulled, samples_of

AGREEING = 0.9  # share of the frames looked at that has to look interlaced, and with the same field first
ENOUGH = 8  # frames about which the detector came to a view
COMBED = 0.01  # share of the samples that differ from both rows beside them while these are alike
COLUMNS = 256  # looked at; rows are what counts
STEP, ALIKE = 10, 10  # 8 bit steps of that difference and of that likeness


class FieldDetector:
    """Feed it the first frames; `verdict` then says how the clip is interlaced."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._views: Counter[str] = Counter()
        self._combed: list[float] = []
        self._flagged = False
        self._kind: tuple[str, int, int] | None = None

    def see(self, frame: VideoFrame) -> None:
        """Take one frame into account; its timestamps stay as they are."""
        self._flagged |= frame.interlaced_frame
        kind = (frame.format.name, frame.width, frame.height)
        if frame.format.is_rgb or frame.format.has_palette or min(kind[1:]) < LEAST_SIDE_TO_DEINTERLACE:
            return
        if self._kind is None:
            self._kind, self._graph = kind, _detector(frame)
        if kind == self._kind and self._graph:
            self._graph.vpush(frame)
            self._count()

    def verdict(self) -> Interlaced:
        """How the frames seen so far are interlaced."""
        if self._flagged:
            return "flagged"
        if self._graph:
            self._graph.vpush(None)
            self._count()
        looks_combed = bool(self._combed) and float(np.mean(self._combed)) >= COMBED
        return self._order() if looks_combed else "no"

    def likelier(self) -> Interlaced:
        """The field that comes first if the frames are interlaced although they do not look so."""
        return "bff" if self._views["bff"] > self._views["tff"] else "tff"

    def _order(self) -> Interlaced:
        """Which field comes first, if the detector is sure of it."""
        sure = max(ENOUGH, AGREEING * (self._views.total() - self._views["undetermined"]))
        if self._views["tff"] >= sure:
            return "tff"
        return "bff" if self._views["bff"] >= sure else "no"

    def _count(self) -> None:
        assert self._graph
        for frame in pulled(self._graph):
            self._combed.append(combed_share(samples_of(frame.planes[0], np.uint8)))
            self._views[frame.metadata.get("lavfi.idet.multiple.current_frame", "undetermined")] += 1


def combed_share(luma: Plane) -> float:
    """Share of the samples of an 8 bit luma plane [h, w] that stick out between the rows above and below."""
    rows = luma[:, :: max(1, luma.shape[1] // COLUMNS)].astype(np.int32)
    above, row, below = rows[:-2], rows[1:-1], rows[2:]
    return float((((row - above) * (row - below) > STEP * STEP) & (np.abs(above - below) < ALIKE)).mean())


def _detector(frame: VideoFrame) -> Graph:
    graph = Graph()
    graph.threads = 1
    grey = graph.add("format", "pix_fmts=gray")
    graph.link_nodes(*begun(graph, frame), graph.add("idet"), grey, graph.add("buffersink")).configure()
    return graph
