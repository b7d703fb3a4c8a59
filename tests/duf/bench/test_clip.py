from pathlib import Path

import numpy as np

from duf.bench.clip import make_clip
from duf.media.reader import read


def test_the_clip_has_texture_and_moves(tmp_path: Path) -> None:
    frames = [frame.planes[0].astype(int) for frame in read(make_clip(tmp_path / "clip.mp4", 64, 48, 5))]
    assert len(frames) == 5 and frames[0].std() > 5
    assert all(np.abs(a - b).mean() > 1 for a, b in zip(frames, frames[1:], strict=False))


def test_held_pictures_come_back_the_same(tmp_path: Path) -> None:
    frames = [frame.planes[0] for frame in read(make_clip(tmp_path / "clip.mp4", 64, 48, 6, held=3, crf=0))]
    alike = [np.array_equal(a, b) for a, b in zip(frames, frames[1:], strict=False)]
    assert alike == [True, True, False, True, True]
