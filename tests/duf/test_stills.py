"""The last frame, before and after, as a player shows it."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from duf.choices import Choices
from duf.media.reader import index
from duf.pipeline import load, prepare, upscale_segment
from duf.stills import Last
from tests.duf.clips import make


@pytest.mark.parametrize(
    ("recipe", "size"),
    [({}, (64, 48)), ({"sar": Fraction(3, 2)}, (96, 48)), ({"rotation": 90}, (48, 64))],
)
def test_the_last_frame_is_drawn_upright_before_and_after(
    tmp_path: Path, recipe: dict[str, Any], size: tuple[int, int]
) -> None:
    source = make(tmp_path / "clip.mp4", frames=9, cuts=[5], **recipe)
    work, last = prepare(source, 2, Choices()), Last()
    upscale_segment(work, load("bicubic", 2), index(source), 0, 9, tmp_path / "out.nut", see=last.see)
    before, after = tmp_path / "before.jpg", tmp_path / "after.jpg"
    last.draw(work, before, after)
    small, large = (cv2.imread(str(path)).astype(np.float32) for path in (before, after))
    assert small.shape[1::-1] == size and large.shape[1::-1] == (2 * size[0], 2 * size[1])
    assert np.abs(cv2.resize(large, size, interpolation=cv2.INTER_AREA) - small).mean() < 6
    assert {path.name for path in tmp_path.glob(".*")} == set()


def test_nothing_seen_is_nothing_drawn(tmp_path: Path) -> None:
    source = make(tmp_path / "clip.mp4", frames=2)
    Last().draw(prepare(source, 2, Choices()), tmp_path / "before.jpg", tmp_path / "after.jpg")
    assert not (tmp_path / "before.jpg").exists()
