"""The last frame of a piece of work as two pictures, before and after, for somebody who watches."""

import os
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np

from duf.media.colour import Planes, coding, to_rgb
from duf.media.facts import VideoFacts
from duf.media.frames import Frame
from duf.pipeline import Work

QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 92]


class Last:
    """Remembers the last frame it is shown."""

    def __init__(self) -> None:
        self._shown: tuple[Planes, Planes] | None = None

    def see(self, frame: Frame, picture: Planes) -> None:
        self._shown = frame.planes, picture

    def draw(self, work: Work, before: Path, after: Path) -> None:
        """Write what was there before the work and what came of it as JPEG, each by one rename."""
        if self._shown:
            _write(before, self._shown[0], work.clip.video)
            _write(after, self._shown[1], work.video)


def _write(path: Path, planes: Planes, video: VideoFacts) -> None:
    """As a player shows it: square pixels, upright."""
    rgb = (to_rgb(planes, coding(video)) * 255 + 0.5).astype(np.uint8)
    wide, tall = video.sample_aspect_ratio or (1, 1)
    if wide != tall:
        rgb = cv2.resize(rgb, (max(1, round(rgb.shape[1] * wide / tall)), rgb.shape[0]), interpolation=cv2.INTER_AREA)
    upright = np.ascontiguousarray(np.rot90(rgb, video.rotation // 90)[..., ::-1])
    _, data = cv2.imencode(".jpg", upright, QUALITY)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    temporary.write_bytes(data.tobytes())
    os.replace(temporary, path)
