"""A strip of small frames, drawn by the decoding process while it indexes a file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duf.media import Frame, index, probe
from duf.media.filmstrip import FRAMES, SIDE, small
from duf.media.reader import read
from tests.duf.clips import make


def strip_of(path: Path) -> list[Frame]:
    frames: list[Frame] = []
    index(path, show=frames.append)
    return frames


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (5, 5), (30, FRAMES), (301, FRAMES)])
def test_as_many_frames_as_there_are_evenly_spread(tmp_path: Path, count: int, expected: int) -> None:
    ordinals = [frame.ordinal for frame in strip_of(make(tmp_path / "clip.mp4", frames=count))]
    assert len(ordinals) == expected and ordinals == sorted(set(ordinals))
    steps = np.diff([0, *ordinals, count])
    assert ordinals[-1] < count and steps.max() <= 2 * count / expected + 1


def test_they_are_the_frames_that_their_ordinals_name(tmp_path: Path) -> None:
    clip = make(tmp_path / "clip.mp4", frames=40, cuts=[10, 20, 30])
    whole = list(read(clip))
    for frame in strip_of(clip):
        assert frame.pts == whole[frame.ordinal].pts
        np.testing.assert_array_equal(frame.planes[0], whole[frame.ordinal].planes[0])  # 64x48 is small enough


@pytest.mark.parametrize("recipe", [{}, {"codec": "libx265", "pix_fmt": "yuv420p10le"}])
def test_large_frames_become_small_and_keep_their_look(tmp_path: Path, recipe: dict[str, Any]) -> None:
    clip = make(tmp_path / "clip.mkv", frames=3, size=(642, 362), **recipe)
    size = small(probe(clip).video)
    assert (size.width % 2, size.height % 2) == (0, 0) and size.width <= SIDE + 2
    large = next(read(clip))
    frame = strip_of(clip)[0]
    assert frame.planes[0].shape == (size.height, size.width)
    assert frame.planes[1].shape == (size.height // 2, size.width // 2)
    assert frame.planes[0].mean() == pytest.approx(large.planes[0].mean(), rel=0.03)


def test_a_sliver_of_a_picture_has_a_strip_too(tmp_path: Path) -> None:
    frames = strip_of(make(tmp_path / "clip.mkv", frames=2, size=(640, 4)))
    assert [frame.planes[0].shape for frame in frames] == [(4 // 4 * 2, 640 // 4 * 2)] * 2
