from dataclasses import replace

import cv2
import numpy as np
import pytest

from duf.media.colour import FULL, SITES, Coding, coding, from_rgb, to_rgb, to_samples
from duf.media.facts import Colour, VideoFacts

VIDEO = VideoFacts(0, "h264", 64, 48, "yuv420p", "yuv420p", (1, 12800))
RED = np.ones((8, 8, 3), np.float32) * np.array([1, 0, 0], np.float32)


@pytest.mark.parametrize(
    ("matrix", "full", "bits", "expected"),
    [
        (6, False, 8, (81, 90, 240)),
        (1, False, 8, (63, 102, 240)),
        (6, True, 8, (76, 85, 255)),
        (9, False, 10, (294, 387, 960)),
    ],
)
def test_red_has_the_published_code_values(matrix: int, full: bool, bits: int, expected: tuple[int, int, int]) -> None:
    planes = from_rgb(RED, Coding(matrix, full, bits, SITES["left"]))
    assert tuple(int(plane[1, 1]) for plane in planes) == pytest.approx(expected, abs=0.5)
    assert planes[0].dtype == (np.uint8 if bits == 8 else np.uint16)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("bits", [8, 10])
def test_flat_colours_come_back_within_a_code(full: bool, bits: int) -> None:
    code = Coding(1, full, bits, SITES["left"])
    for colour in np.random.default_rng(1).random((20, 3), np.float32):
        rgb = np.ones((6, 10, 3), np.float32) * colour
        assert np.abs(to_rgb(from_rgb(rgb, code), code) - rgb).max() < 1.6 / (1 << bits) * 2


@pytest.mark.parametrize("site", SITES)
def test_no_site_shifts_chroma(site: str) -> None:
    """A red blob on grey of the same luma keeps its centre of gravity, to a hundredth of a pixel."""
    code = Coding(1, True, 10, SITES[site])
    y, x = np.mgrid[0:48, 0:64].astype(np.float32)
    blob = np.exp(-((x - 30.3) ** 2 + (y - 22.7) ** 2) / 50)
    back = to_rgb(from_rgb(cv2.merge([0.5 + 0.3 * blob, 0.5 - 0.1 * blob, 0.5 - 0.1 * blob]), code), code)
    weight = back[..., 0] - back[..., 1]
    centre = (float((weight * x).sum() / weight.sum()), float((weight * y).sum() / weight.sum()))
    assert centre == pytest.approx((30.3, 22.7), abs=0.01)


@pytest.mark.parametrize("site", SITES)
def test_chroma_is_taken_where_the_tag_says(site: str) -> None:
    """A ramp of chroma names its own place: the sample's value is its position among the luma samples."""
    code = Coding(1, True, 10, SITES[site])
    y, x = np.mgrid[0:32, 0:32].astype(np.float32) / 64
    for ramp, axis in ((x, 0), (y, 1)):
        _, _, v = from_rgb(cv2.merge([0.4 + ramp, 0.4 + 0 * ramp, 0.4 + 0 * ramp]), code)
        other = from_rgb(cv2.merge([0.4 + ramp, 0.4 + 0 * ramp, 0.4 + 0 * ramp]), code._replace(site=(0.0, 0.0)))[2]
        per_sample = (float(other[8, 9]) - float(other[8, 8])) if axis == 0 else float(other[9, 8]) - float(other[8, 8])
        moved = (v[8, 8].astype(float) - other[8, 8]) / per_sample * 2
        assert moved == pytest.approx(SITES[site][axis], abs=0.3)


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("size", [(6, 10), (5, 7), (1, 1), (1, 6)])
def test_chroma_between_samples_is_mixed_by_nearness_to_the_bit(site: str, size: tuple[int, int]) -> None:
    """Against the same written down slowly."""
    code, rng = Coding(1, True, 8, SITES[site]), np.random.default_rng(3)
    half = (size[0] + 1) // 2, (size[1] + 1) // 2
    luma, *chroma = (rng.integers(0, 256, shape).astype(np.uint8) for shape in (size, half, half))
    wide = [doubled(doubled(plane.astype(np.float32), code.site[1]).T, code.site[0]).T for plane in chroma]
    samples = np.stack([luma.astype(np.float32), *(plane[: size[0], : size[1]] for plane in wide)], 2)
    inverse = np.linalg.inv(np.vstack([to_samples(code), [0, 0, 0, 1]]))[:3].astype(np.float32)
    assert np.array_equal(to_rgb((luma, *chroma), code), np.clip(cv2.transform(samples, inverse), 0, 1))


def doubled(plane: np.ndarray, site: float) -> np.ndarray:
    before, after = np.concatenate([plane[:1], plane[:-1]]), np.concatenate([plane[1:], plane[-1:]])
    result = np.empty((2 * plane.shape[0], plane.shape[1]), np.float32)
    result[0::2] = (1 - site / 2) * plane + site / 2 * before
    result[1::2] = (1 + site) / 2 * plane + (1 - site) / 2 * after
    return result


def test_tags_decide_the_matrix_and_untagged_video_goes_by_height() -> None:
    assert coding(VIDEO).matrix == 6
    assert coding(replace(VIDEO, height=720)).matrix == 1
    assert coding(replace(VIDEO, colour=Colour(matrix=1, range=FULL, location="topleft"))) == Coding(
        1, True, 8, SITES["topleft"]
    )
    assert coding(VIDEO).site == SITES["left"]
    assert coding(replace(VIDEO, format="yuv420p10le")).bits == 10


@pytest.mark.parametrize("size", [(5, 7), (1, 1), (16, 1), (3, 640)])
def test_odd_and_tiny_sizes_keep_their_size(size: tuple[int, int]) -> None:
    rgb = np.full((*size, 3), 0.5, np.float32)
    planes = from_rgb(rgb, coding(VIDEO))
    assert planes[1].shape == ((size[0] + 1) // 2, (size[1] + 1) // 2)
    assert to_rgb(planes, coding(VIDEO)).shape == rgb.shape


def test_values_beyond_white_are_clipped() -> None:
    assert from_rgb(RED * 3, coding(VIDEO))[0].max() <= 235
    white = (np.full((4, 4), 255, np.uint8), np.full((2, 2), 128, np.uint8), np.full((2, 2), 128, np.uint8))
    assert to_rgb(white, coding(VIDEO)).max() == 1.0
