"""How large results become, and that shrinking keeps colours on their edges."""

from pathlib import Path

import numpy as np
import pytest

from duf.choices import Choices
from duf.errors import MediaError
from duf.fitting import SIZES, enlarged, scale_for, shrunk, size_notes
from duf.media.colour import SITES
from duf.media.facts import Pair, VideoFacts
from duf.pipeline import load, prepare, upscale_file
from tests.duf.clips import make


def video(width: int, height: int, aspect: Pair | None = None) -> VideoFacts:
    return VideoFacts(0, "h264", width, height, "yuv420p", "yuv420p", (1, 25), sample_aspect_ratio=aspect)


@pytest.mark.parametrize(
    ("source", "fit", "scale", "size"),
    [
        (video(640, 480), "1080p", 3, (1440, 1080)),
        (video(1280, 720), "1080p", 2, (1920, 1080)),
        (video(1280, 720), "4K", 3, (3840, 2160)),  # just so, without shrinking
        (video(576, 1024), "1080p", 2, (1080, 1920)),  # upright
        (video(720, 576, (64, 45)), "1080p", 2, (1350, 1080)),  # 1920x1080 as shown
        (video(426, 240), "1080p", 4, (1704, 960)),  # out of reach
        (video(1440, 1079), "1080p", 2, (1442, 1080)),
    ],
)
def test_a_result_is_as_large_as_fits(source: VideoFacts, fit: str, scale: int, size: Pair) -> None:
    assert scale_for(source, fit, (2, 3, 4)) == scale
    result = enlarged(source, scale, fit)
    assert (result.width, result.height) == size
    assert (result.width * source.height) / (result.height * source.width) == pytest.approx(1, abs=0.002)


def test_it_is_said_when_the_size_is_not_reached_or_passed_already() -> None:
    assert size_notes(video(426, 240), 4, "1080p") == ["4 times as large is 1704x960, which is smaller than 1080p."]
    assert size_notes(video(640, 480), 3, "1080p") == size_notes(video(480, 270), 4, "1080p") == []
    with pytest.raises(MediaError, match="choose a larger size"):
        scale_for(video(1920, 800), "1080p", (2, 3, 4))


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
@pytest.mark.parametrize("size", [(160, 120), (224, 168), (250, 190)])
def test_shrinking_leaves_every_sample_at_its_site(site: tuple[float, float], size: Pair) -> None:
    """Every sample says where it lies in the large picture: across in Y and U, down in V."""
    columns, rows = np.arange(256), np.arange(192)
    steps = 64  # of a sample
    places = (
        np.tile(columns * steps, (192, 1)),
        np.tile((columns[::2] + site[0]) * steps, (96, 1)),
        np.tile((rows[::2, None] + site[1]) * steps, (1, 128)),
    )
    y, u, v = shrunk(tuple(place.astype(np.uint16) for place in places), video(*size), site)  # type: ignore[arg-type]

    def place(at: np.ndarray, axis: int) -> np.ndarray:
        return ((at + 0.5) * (256, 192)[axis] / size[axis] - 0.5) * steps

    inner = slice(4, -4)
    across, down = np.arange(size[0] // 2) * 2 + site[0], np.arange(size[1] // 2) * 2 + site[1]
    np.testing.assert_allclose(y[50, inner], place(np.arange(size[0]), 0)[inner], atol=16)
    np.testing.assert_allclose(u[50, inner], place(across, 0)[inner], atol=32)
    np.testing.assert_allclose(v[inner, 50], place(down, 1)[inner], atol=32)
    assert abs(np.mean(u[50, inner] - place(across, 0)[inner])) < 2  # 1/32 of a sample
    assert abs(np.mean(v[inner, 50] - place(down, 1)[inner])) < 2


@pytest.mark.parametrize("bits", [8, 10])
def test_shrinking_keeps_the_depth_and_a_flat_picture(bits: int) -> None:
    kind = np.uint8 if bits == 8 else np.uint16
    flat = np.full((96, 128), 100 << (bits - 8), kind)
    planes = shrunk((flat, flat[::2, ::2], flat[::2, ::2]), video(90, 66), SITES["left"])
    assert [plane.shape for plane in planes] == [(66, 90), (33, 45), (33, 45)]
    assert {plane.dtype for plane in planes} == {np.dtype(kind)}
    assert all((plane == 100 << (bits - 8)).all() for plane in planes)


def test_a_whole_file_is_made_to_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIZES, "tiny", (150, 100))
    source = make(tmp_path / "a.mp4", frames=3)
    work = prepare(source, 3, Choices(fit="tiny"))
    receipt = upscale_file(work, load("bicubic", 3), tmp_path / "result.mp4")
    assert receipt.ok and (receipt.width, receipt.height) == (134, 100)
