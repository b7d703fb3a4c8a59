"""What a browser plays beside a result shows the very frames of the source."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duf.media import index, probe
from duf.media.facts import DEFAULT_LIMITS
from duf.media.reader import read
from duf.media.rendition import is_playable, render
from tests.duf.clips import make, ordinal_of


@pytest.mark.parametrize(
    "recipe",
    [
        {"pts": [100, 600, 1100, 2000, 2400, 3100]},
        {"codec": "libx265", "pix_fmt": "yuv420p10le", "frames": 6},
        {"size": (65, 49), "codec": "libx265", "frames": 6, "pix_fmt": "yuv444p"},
        {"codec": "libx265", "b_frames": 2, "frames": 6, "rotation": 90},
    ],
)
def test_a_stretch_becomes_playable_with_its_frames_and_times(tmp_path: Path, recipe: dict[str, Any]) -> None:
    source = make(tmp_path / "clip.mkv" if "rotation" not in recipe else tmp_path / "clip.mp4", **recipe)
    clip, frames = probe(source), index(source)
    output = tmp_path / "stretch.mp4"
    render(source, clip, frames, 2, 5, output, DEFAULT_LIMITS)
    made = probe(output)
    assert is_playable(made.video) and made.tracks == []
    assert (made.video.width, made.video.height, made.video.rotation) == (64, 48, clip.video.rotation)
    shown = list(read(output))
    assert [ordinal_of(frame.planes[0]) for frame in shown] == [2, 3, 4]
    times = [float((frame.pts - shown[0].pts) * made.video.tick) for frame in shown]
    np.testing.assert_allclose(times, (frames.pts[2:5] - frames.pts[2]) * float(clip.video.tick), atol=1e-3)
    assert shown[0].pts == 0
    assert {path for path in tmp_path.iterdir() if path.is_file()} == {source, output}
