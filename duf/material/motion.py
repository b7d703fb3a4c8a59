"""Where in a frame there is something to learn: windows ranked by motion and texture, measured from flow."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from duf.flow import Flow
from duf.material.footage import Picture

Map = npt.NDArray[np.float32]

REST = 0.1  # what texture that stands still counts, against 1 for texture that moves far
BEST = 0.1  # share of all windows from which one is picked
YELLOW = (255, 220, 0)
FONT = (cv2.FONT_HERSHEY_SIMPLEX, 0.4)


@dataclass(frozen=True)
class Window:
    """A square of a frame, in pixels, with the means inside it."""

    y: int
    x: int
    side: int
    motion: float  # low-resolution pixels a frame
    texture: float  # 8-bit steps from a pixel to its neighbours' mean, times four
    score: float


def measure(previous: Picture, current: Picture, scale: int) -> tuple[Map, Map]:
    """Motion and texture of `current` [s h, s w, 3], each [h, w]."""
    grey = [cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY) for frame in (previous, current)]
    size = (grey[1].shape[1] // scale, grey[1].shape[0] // scale)
    small = [cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in grey]
    detail = np.abs(cv2.Laplacian(grey[1], cv2.CV_16S)).astype(np.float32)
    texture: Map = cv2.resize(detail, size, interpolation=cv2.INTER_AREA)
    return np.linalg.norm(Flow()(small[1], small[0]), axis=2), texture


def interest(motion: Map, texture: Map) -> Map:
    """Texture is what can be restored, and motion what shows more of it; past a pixel or two, more is no better."""
    return texture * (REST + motion / (motion + 1))


def means(values: Map, side: int) -> Map:
    """The mean of every window of `side`, by its first pixel; [h - side + 1, w - side + 1]."""
    height, width = values.shape
    found: Map = cv2.boxFilter(values, cv2.CV_32F, (side, side), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    return found[: max(0, height - side + 1), : max(0, width - side + 1)]


def pick(previous: Picture, current: Picture, side: int, scale: int, rng: np.random.Generator) -> tuple[int, int]:
    """(y, x) of one of the best windows of `side`, both multiples of `scale`."""
    scores = means(interest(*measure(previous, current, scale)), side // scale)
    count = max(1, round(BEST * scores.size))
    best = np.argpartition(-scores, count - 1, axis=None)[:count]
    y, x = np.unravel_index(np.sort(best)[rng.integers(count)], scores.shape)
    return int(y) * scale, int(x) * scale


def ranked(previous: Picture, current: Picture, side: int, scale: int, count: int) -> list[Window]:
    """The best `count` windows that do not overlap, the best first."""
    motion, texture = measure(previous, current, scale)
    size = side // scale
    maps = [means(values, size) for values in (motion, texture, interest(motion, texture))]
    open_scores = maps[2].copy()
    windows: list[Window] = []
    while len(windows) < count and open_scores.size and open_scores.max() > -np.inf:
        y, x = np.unravel_index(np.argmax(open_scores), open_scores.shape)
        windows.append(Window(int(y) * scale, int(x) * scale, side, *(float(values[y, x]) for values in maps)))
        open_scores[max(0, y - size + 1) : y + size, max(0, x - size + 1) : x + size] = -np.inf
    return windows


def draw(frame: Picture, windows: list[Window]) -> Picture:
    """A copy of `frame` with each window's edge, rank and figures on it."""
    picture = np.ascontiguousarray(frame).copy()
    for rank, window in enumerate(windows, 1):
        first, last = (window.x, window.y), (window.x + window.side - 1, window.y + window.side - 1)
        cv2.rectangle(picture, first, last, YELLOW, 2)
        text = f"{rank}: {window.motion:.1f} px, {window.texture:.0f}"
        (width, height), _ = cv2.getTextSize(text, *FONT, 1)
        cv2.rectangle(picture, first, (window.x + width + 8, window.y + height + 10), YELLOW, cv2.FILLED)
        cv2.putText(picture, text, (window.x + 4, window.y + height + 4), *FONT, (0, 0, 0), 1, cv2.LINE_AA)
    return picture
