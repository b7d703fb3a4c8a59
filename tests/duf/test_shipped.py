"""The weights that ship do what they are shipped for, on a clip that they cannot know."""

import cv2
import numpy as np
import pytest

from duf import catalog
from duf.judging.evaluation import case, enlarged, score
from duf.judging.protocols import PAPER, VIDEO
from duf.material.degradation import to_8_bit
from duf.steady import LIMIT


@pytest.fixture(scope="module")
def scene() -> list[np.ndarray]:
    """Sharp shapes that drift past, two pixels a frame."""
    rng = np.random.default_rng(8)
    wide = np.full((160, 260, 3), 120, np.uint8)
    for _ in range(60):
        centre = tuple(int(v) for v in rng.integers(0, (260, 160)))
        axes = tuple(int(v) for v in rng.integers(3, 24, 2))
        colour = tuple(int(v) for v in rng.integers(0, 256, 3))
        cv2.ellipse(wide, centre, axes, float(rng.integers(180)), 0, 360, colour, -1, cv2.LINE_AA)
    return [np.ascontiguousarray(wide[:, 2 * t : 2 * t + 224]) for t in range(10)]


@pytest.mark.parametrize(("protocol", "decibels"), [(PAPER, 1.0), (VIDEO, 0.5)])
def test_stream_beats_bicubic(scene, protocol, decibels):
    drift = case("drift", [scene], 4, protocol)
    stream, _ = score(drift, catalog.load("stream", 4, protocol.sampling))
    bicubic, _ = score(drift, catalog.load("bicubic", 4, protocol.sampling))
    assert stream.psnr > bicubic.psnr + decibels


@pytest.mark.parametrize("protocol", [PAPER, VIDEO])
@pytest.mark.parametrize("name", ["stream", "stream-light", "stream-hq"])
def test_eight_bits_cost_less_than_a_tenth_of_a_decibel(scene, protocol, name):
    drift = case("drift", [scene], 4, protocol)
    whole, fast = (score(drift, catalog.load(name, 4, protocol.sampling, p))[0] for p in ("float32", "int8"))
    assert fast.psnr > whole.psnr - 0.1


# The larger network's roundings differ by up to five levels in single pixels, however many frames came before.
@pytest.mark.parametrize(("name", "scale", "most"), [("stream", 2, 2.5), ("stream-hq", 4, 6)])
def test_after_a_dozen_frames_a_network_shows_what_it_does_after_many(scene, name, scale, most):
    for off in apart(scene, catalog.load(name, scale).upscaler, catalog.model(name).past):
        assert off.max() < most and off.mean() < 0.1


@pytest.mark.parametrize(("name", "scale", "most"), [("stream", 2, 2.5), ("stream-hq", 4, 6)])
def test_what_is_held_is_then_as_it_was_held_for_long_but_for_changes_below_the_limit(scene, name, scale, most):
    for off in apart(scene, catalog.load(name, scale), catalog.model(name).past):
        assert off.max() < LIMIT + most and off.mean() < 0.2


@pytest.mark.parametrize("name", ["stream", "stream-light", "stream-hq"])
def test_what_stands_still_under_noise_is_then_the_same_but_for_less_than_a_level(scene, name):
    rng, picture = np.random.default_rng(4), scene[0][:80, :112].astype(np.float32)
    frames = [to_8_bit(picture + 0.5 * rng.standard_normal(picture.shape)) for _ in range(40)]
    for off in differences([frame.astype(np.float32) / 255 for frame in frames], catalog.load(name, 4), 12):
        assert off.mean() < 0.3 and np.quantile(off, 0.999) < 3


def apart(scene, upscaler, past: int) -> list[np.ndarray]:
    """By how many levels the last pictures differ when `past` frames came before them and when many did."""
    picture = scene[0].astype(np.float32) / 255
    return differences([np.ascontiguousarray(np.roll(picture, -t, 1)[:80, :112]) for t in range(40)], upscaler, past)


def differences(frames, upscaler, past: int) -> list[np.ndarray]:
    after_all, after_some = list(upscaler.upscale(frames)), list(upscaler.upscale(frames[-8 - past :]))
    return [255 * np.abs(one - other) for one, other in zip(after_all[-8:], after_some[-8:], strict=True)]


# DUF learns another phase and is moved; what is left is its own.
@pytest.mark.parametrize(
    ("model", "scale", "most"),
    [
        ("stream", 2, 0.05),
        ("stream", 3, 0.05),
        ("stream", 4, 0.05),
        ("stream-light", 4, 0.05),
        ("stream-hq", 4, 0.05),
        ("stream-compressed", 2, 0.05),
        ("stream-compressed", 3, 0.05),
        ("stream-compressed", 4, 0.05),
        ("duf-16", 4, 0.1),
    ],
)
@pytest.mark.parametrize("axis", [0, 1])
def test_the_picture_lies_where_a_player_would_put_it(scene, model, scale, most, axis):
    whole = [frame[: 160 - 160 % scale, : 224 - 224 % scale] for frame in scene]
    sources = list(VIDEO.sources(whole, scale))
    usual, ours = (list(enlarged(catalog.load(name, scale), sources))[-1] for name in ("bicubic", model))
    assert abs(shift(usual, ours, axis)) < most


def shift(truth: np.ndarray, picture: np.ndarray, axis: int) -> float:
    """Pixels that `picture` lies off along an axis: where the squared error, as a parabola, is least."""
    errors = []
    for step in (-0.5, 0.0, 0.5):
        by = np.float32([[1, 0, step * (axis == 1)], [0, 1, step * (axis == 0)]])
        moved = cv2.warpAffine(picture, by, picture.shape[1::-1], flags=cv2.INTER_CUBIC)
        errors.append(np.mean((truth.astype(float) - moved)[8:-8, 8:-8] ** 2))
    before, here, after = errors
    return 0.25 * (before - after) / (before - 2 * here + after)
