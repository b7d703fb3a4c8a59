"""Small frames evenly spread over a clip whose length is known only at its end. Runs in the decoding process."""

from dataclasses import replace
from typing import cast

import numpy as np

from duf.media.facts import VideoFacts
from duf.media.frames import Plane
from duf.media.wire import Picture

FRAMES = 12  # in a strip at most
MOST = 4 * FRAMES  # kept until it is known which
SIDE = 160  # samples along the longer side, about


class Filmstrip:
    """Feed it every frame in order. It holds few more small frames than it gives, however long the clip is."""

    def __init__(self, video: VideoFacts) -> None:
        self._video = video
        self._seen, self._stride = 0, 1
        self._kept: list[tuple[int, Picture]] = []  # ordinal, small frame

    def see(self, picture: Picture) -> None:
        if self._seen % self._stride == 0 and min(self._video.width, self._video.height) > 1:
            self._kept.append((self._seen, _small(picture, self._video)))
        self._seen += 1
        if len(self._kept) == MOST:
            self._kept, self._stride = self._kept[::2], 2 * self._stride

    def chosen(self) -> list[tuple[int, Picture]]:
        """Ordinals and small frames: the middle ones of as many equal parts of the clip."""
        count = min(FRAMES, len(self._kept))
        wanted = (self._seen * (2 * part + 1) / (2 * count) for part in range(count))
        nearest = {min(range(len(self._kept)), key=lambda n: abs(self._kept[n][0] - at)) for at in wanted}
        return [self._kept[n] for n in sorted(nearest)]


def small(video: VideoFacts) -> VideoFacts:
    """The picture track of the small frames: sides divided by one whole number, and even."""
    step = _step(video)
    return replace(video, width=video.width // (2 * step) * 2, height=video.height // (2 * step) * 2)


def _step(video: VideoFacts) -> int:
    """Samples that become one; fewer than make it `SIDE` long where the shorter side would vanish."""
    return max(1, min(max(video.width, video.height) // SIDE, video.width // 2, video.height // 2))


def _small(picture: Picture, video: VideoFacts) -> Picture:
    target, step = small(video), _step(video)
    kind = np.uint16 if video.bit_depth == 10 else np.uint8
    half = ((video.height + 1) // 2, (video.width + 1) // 2)
    planes = []
    for plane, shape, part in zip(picture.planes, [(video.height, video.width), half, half], (1, 2, 2), strict=True):
        samples = cast(Plane, np.frombuffer(plane, kind).reshape(shape))
        planes.append(_averages(samples, target.height // part, target.width // part, step).data.cast("B"))
    y, u, v = planes
    return Picture(picture.pts, picture.duration, 0, False, (y, u, v))


def _averages(plane: Plane, height: int, width: int, step: int) -> Plane:
    """Means of squares of `step` samples a side, [height, width]."""
    squares = plane[: height * step, : width * step].reshape(height, step, width, step)
    means: Plane = squares.mean((1, 3)).astype(plane.dtype)
    return means
