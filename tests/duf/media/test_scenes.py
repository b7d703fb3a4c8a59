"""Scene cuts, from a frame and its past alone."""

from collections.abc import Sequence

import numpy as np
import pytest

from duf.media.frames import Plane
from duf.media.scenes import SceneDetector
from tests.duf.clips import Recipe, picture


def lumas(count: int = 12, **recipe: object) -> list[Plane]:
    plan = Recipe(frames=count, **recipe)  # type: ignore[arg-type]
    return [picture(number, plan)[..., 1] for number in range(count)]


def cuts(frames: Sequence[Plane]) -> list[int]:
    detector = SceneDetector()
    return [number for number, luma in enumerate(frames) if detector.is_cut(luma)]


def test_the_first_frame_begins_a_scene() -> None:
    assert cuts(lumas(3)) == [0]


@pytest.mark.parametrize("size", [(64, 48), (16, 16), (640, 16), (63, 47), (320, 240)])
def test_a_wholly_different_picture_is_a_cut(size: tuple[int, int]) -> None:
    assert cuts(lumas(cuts=(4, 9), size=size)) == [0, 4, 9]


def test_ten_bit_pictures_are_cut_alike() -> None:
    eight = lumas(cuts=(4, 9))
    assert cuts([luma.astype(np.uint16) * 4 for luma in eight]) == cuts(eight) == [0, 4, 9]


def test_a_fade_to_black_and_back_is_no_cut() -> None:
    scene = lumas(1)[0].astype(np.float64)
    fade = [(scene * level).astype(np.uint8) for level in [1, 0.7, 0.4, 0.1, 0, 0, 0.1, 0.4, 0.7, 1]]
    assert cuts(fade) == [0]


def test_a_flash_of_light_is_no_cut() -> None:
    scene = lumas(1)[0] // 2
    assert cuts([scene, scene, scene + 100, scene, scene]) == [0]


def test_snow_is_not_cut_at_every_frame() -> None:
    random = np.random.default_rng(1)
    assert len(cuts([random.integers(0, 255, (48, 64), np.uint8) for _ in range(30)])) <= 2


def test_a_cut_depends_on_no_later_frame() -> None:
    frames = lumas(cuts=(4, 9))
    whole = cuts(frames)
    for length in range(1, len(frames)):
        assert cuts(frames[:length]) == [cut for cut in whole if cut < length]
