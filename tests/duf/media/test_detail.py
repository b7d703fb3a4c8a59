"""How fine detail is: enlarged pictures are told from those that are not, on clips that the test makes."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from duf.media.detail import detail_of, seen_in
from duf.media.reader import index
from tests.duf.clips import Recipe, make

ENLARGEMENTS = {"bicubic": cv2.INTER_CUBIC, "lanczos": cv2.INTER_LANCZOS4}


def natural(height: int, width: int, seed: int = 0) -> Any:
    """Noise whose power falls with the square of the frequency, as that of photographs does."""
    noise = np.fft.fft2(np.random.default_rng(seed).normal(size=(height, width)))
    away = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    scene = np.fft.ifft2(noise / np.maximum(away, 1 / width)).real
    return np.clip(128 + 45 * scene / scene.std(), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(360, 640), (96, 96), (1080, 720)])
def test_a_natural_picture_is_sharp_and_not_soft(size: tuple[int, int]) -> None:
    detail = seen_in(natural(*size))
    assert detail and detail.is_sharp and not detail.is_soft


@pytest.mark.parametrize("kernel", ENLARGEMENTS.values(), ids=ENLARGEMENTS)
@pytest.mark.parametrize("times", [2, 3])
def test_an_enlarged_picture_is_soft(kernel: int, times: int) -> None:
    detail = seen_in(cv2.resize(natural(180, 320), None, fx=times, fy=times, interpolation=kernel))
    assert detail and detail.is_soft and not detail.is_sharp


def test_ten_bits_are_seen_as_eight_are() -> None:
    eight = natural(128, 128)
    one, other = seen_in(eight), seen_in(eight.astype(np.uint16) * 4)
    assert one and other and one.fine == pytest.approx(other.fine, abs=1e-3)


@pytest.mark.parametrize("picture", [np.full((128, 128), 90, np.uint8), natural(32, 200)], ids=["flat", "tiny"])
def test_where_nothing_is_to_be_seen_nothing_is_said(picture: Any) -> None:
    assert seen_in(picture) is None


@pytest.mark.parametrize("soft", [False, True])
def test_a_clip_is_looked_at_in_several_places(tmp_path: Path, soft: bool) -> None:
    def scene(number: int, plan: Recipe) -> Any:
        grey = natural(96, 128, number)
        if soft:
            grey = cv2.resize(grey[:48, :64], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        return np.repeat(grey[..., None], 3, 2)

    clip = make(tmp_path / "a.mp4", frames=8, size=(128, 96), picture=scene)
    detail = detail_of(clip, index(clip))
    assert detail and detail.is_soft == soft
