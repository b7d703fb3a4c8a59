import cv2
import numpy as np

from duf.judging.keyframes import KeyFrames, between, loads, write_keyframes
from duf.judging.speed import Cost
from duf.upscaler import bicubic
from tests.duf.clips import make


def textured(height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(1).random((height, width, 3), dtype=np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 4), None, 0, 1, cv2.NORM_MINMAX)


def small(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)


def test_a_frame_between_is_the_picture_before_it_moved_along_the_flow():
    wide = textured(192, 256)
    before, now = wide[:, :192], wide[:, 8:200]
    flow = np.full((48, 48, 2), (2, 0), np.float32)
    made = between(before, small(now), flow, 4)
    inside = np.s_[16:-16, 16:-32]
    assert np.abs(made - now)[inside].mean() < 0.2 * np.abs(before - now)[inside].mean()


def test_only_key_frames_are_shown_to_the_model():
    frames, model = [small(textured(64, 64 + 4 * n)[:, -64:]) for n in range(7)], bicubic(4)
    pictures = list(KeyFrames(model, 3).upscale(frames))
    assert len(pictures) == 7
    for n in (0, 3, 6):
        assert np.array_equal(pictures[n], next(model.upscale([frames[n]])))
    assert not np.array_equal(pictures[1], next(model.upscale([frames[1]])))


def test_the_page_says_which_had_the_highest_psnr(tmp_path, monkeypatch):
    make(tmp_path / "clip.mp4", frames=8, size=(128, 96))
    monkeypatch.setattr("duf.judging.comparison.cost_a_frame", lambda upscaler: Cost(0.1, 0.2))
    write_keyframes(tmp_path, lambda text: None, tmp_path / "page.md", "bicubic")
    page = (tmp_path / "page.md").read_text()
    assert page.count("Highest PSNR: ") == 2 and all(name in page for name in loads("bicubic"))
