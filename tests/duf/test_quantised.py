from ctypes import CDLL
from dataclasses import replace

import cv2
import numpy as np
import pytest

from duf import native, quantised, weights
from duf.catalog import load
from duf.errors import ModelError
from duf.integers import Integers, greatest_logit
from duf.media.colour import SITES, Coding, from_rgb
from duf.reference import Keras
from duf.stream import build, restored
from duf.streaming import Streaming
from duf.upscaler import Rgb

SHIPPED = weights.SHIPPED / "stream-x4"


def moving(count: int, height: int = 40, width: int = 54) -> list[Rgb]:
    """Detail that moves, and something that moves before it."""
    rng = np.random.default_rng(2)
    texture = rng.random((height + 2 * count, width + 2 * count, 3)).astype(np.float32)
    texture = (texture[1:, 1:] + texture[1:, :-1] + texture[:-1, 1:] + texture[:-1, :-1]) / 4
    frames = [texture[n : n + height, 2 * n : 2 * n + width].copy() for n in range(count)]
    for n, frame in enumerate(frames):
        frame[10:20, 5 + n : 20 + n] = (0.9, 0.2, 0.1)
    return frames


def opened(library: str = "avx2") -> CDLL:
    return native.opened(native.library(library))


def engine(library: str = "avx2", threads: int = 1, sampling: str = "centre", name: str = "stream-x4") -> Integers:
    return Integers(opened(library), quantised.read(weights.SHIPPED / name), sampling == "corner", threads)


@pytest.mark.parametrize("sampling", ["centre", "corner"])
@pytest.mark.parametrize(("name", "levels"), [("stream-light-x4", 1.0), ("stream-x4", 1.25)])
def test_the_picture_in_eight_bits_is_that_of_the_network(name: str, levels: float, sampling: str) -> None:
    network = restored(weights.SHIPPED / name)
    frames = moving(8)
    true = list(Streaming(Keras(network, sampling), 4).upscale(frames))
    fast = list(Streaming(engine(sampling=sampling, name=name), 4).upscale(frames))
    errors = [np.sqrt(np.mean((a - b) ** 2)) for a, b in zip(true, fast, strict=True)]
    assert max(errors) < levels / 255  # on noise, where it is greatest
    assert max(errors[4:]) < 1.5 * max(errors[:4])  # it does not drift away


@pytest.mark.long
def test_it_does_not_drift_in_a_thousand_frames() -> None:
    network = restored(SHIPPED)
    frames = moving(500)
    pairs = zip(
        Streaming(Keras(network), 4).upscale([*frames, *frames[::-1]]),
        Streaming(engine(), 4).upscale([*frames, *frames[::-1]]),
        strict=True,
    )
    errors = [float(np.sqrt(np.mean((a - b) ** 2))) for a, b in pairs]
    assert len(errors) == 1000
    assert np.mean(errors[-100:]) < 1.1 * np.mean(errors[100:200])


@pytest.mark.parametrize(("name", "scale"), [("stream-light", 2), ("stream-light", 3), ("stream", 4)])
def test_every_width_and_scale_runs_in_eight_bits(tmp_path, name: str, scale: int) -> None:
    network, frames = build(name, scale), moving(4)
    network.set_weights([w + 0.02 * np.random.default_rng(1).standard_normal(w.shape) for w in network.get_weights()])
    card = replace(weights.read_card(SHIPPED), options={"scale": scale})
    weights.save(network, tmp_path / "network", card)
    fast = Streaming(Integers(opened(), quantised.read(tmp_path / "network"), False), scale).upscale(frames)
    for true, picture in zip(Streaming(Keras(network), scale).upscale(frames), fast, strict=True):
        assert picture.shape == (40 * scale, 54 * scale, 3)
        assert np.sqrt(np.mean((picture - true) ** 2)) < 2 / 255


@pytest.mark.parametrize("name", ["stream-light-x4", "stream-x4"])
@pytest.mark.parametrize("sampling", ["centre", "corner"])
@pytest.mark.parametrize("width", [9, 54])
def test_neither_threads_nor_the_processor_change_a_bit(name: str, sampling: str, width: int) -> None:
    frames = moving(4, width=width)
    first = list(Streaming(engine("avx2", 1, sampling, name), 4).upscale(frames))
    for target in filter(native.usable, native.TARGETS):
        other = Streaming(engine(target, 3, sampling, name), 4)
        assert all(np.array_equal(a, b) for a, b in zip(first, other.upscale(frames), strict=True))


def test_an_engine_goes_on_to_other_sizes_and_forgets() -> None:
    upscaler = Streaming(engine(), 4)
    first = list(upscaler.upscale(moving(3)))
    list(upscaler.upscale(moving(2, 24, 33)))
    assert all(np.array_equal(a, b) for a, b in zip(first, upscaler.upscale(moving(3)), strict=True))


def test_logits_that_no_state_can_make_too_great_are_not_compared_and_the_picture_is_the_same() -> None:
    spared, compared = engine(), engine()
    compared.bounded = False
    assert spared.bounded
    pictures = zip(*(Streaming(one, 4).upscale(moving(3)) for one in (spared, compared)), strict=True)
    assert all(np.allclose(a, b, atol=1e-5) for a, b in pictures)


def test_no_logit_is_beyond_the_greatest() -> None:
    network = quantised.read(SHIPPED)
    weights = network.layers["taps"].weights[0, 0].astype(np.float32)
    states = [255 * (weights > 0), 255 * (weights < 0)]  # of each output, those that move it furthest
    logits = [np.abs((state * weights).sum(0) * network.layers["taps"].scale) for state in states]
    greatest = greatest_logit(network)
    assert np.max(logits) <= greatest <= np.max(logits) + np.abs(network.resting).max() + 1e-3


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_planes_are_those_of_the_picture(scale: int) -> None:
    upscaler, code = Streaming(engine(), scale), Coding(1, False, 8, SITES["left"])
    coming = [from_rgb(frame, code) for frame in moving(2)]
    pictures = upscaler.upscale(frame for frame in _seen(coming, code))
    for planes, picture in zip(upscaler.upscale_planes(coming, code, code), list(pictures), strict=True):
        for plane, true in zip(planes, from_rgb(picture, code), strict=True):
            assert plane.shape == true.shape
            assert np.abs(plane.astype(int) - true.astype(int)).max() <= 1


@pytest.mark.parametrize("scale", [2, 3])
def test_smaller_scales_are_the_exact_average_of_the_largest(scale: int) -> None:
    (large,) = Streaming(engine(), 4).upscale(moving(1))
    (small,) = Streaming(engine(), scale).upscale(moving(1))
    size = (54 * scale, 40 * scale)
    np.testing.assert_allclose(small, cv2.resize(large, size, interpolation=cv2.INTER_AREA), atol=1e-6)


def _seen(coming, code):
    from duf.media.colour import to_rgb

    return [to_rgb(planes, code) for planes in coming]


def test_weights_are_kept_to_a_254th_of_the_greatest_in_their_channel(tmp_path) -> None:
    network = build("stream-hq", 4)
    weights.save(network, tmp_path / "hq", weights.read_card(SHIPPED))
    found = quantised.read(tmp_path / "hq")
    assert (found.channels, found.blocks, found.scale) == (48, 8, 4)
    kernel, layer = np.asarray(network.body[3][0].kernel), found.layers["body3a"]
    apart = np.abs(layer.weights * layer.scale / quantised.STEP - kernel).max((0, 1, 2))
    assert (apart <= 1.001 * np.abs(kernel).max((0, 1, 2)) / 254).all()


def test_a_damaged_weight_file_is_refused(tmp_path) -> None:
    weights.save(build("stream", 4), tmp_path / "other", weights.read_card(SHIPPED))
    (tmp_path / "other.npz").write_text("nonsense")
    with pytest.raises(ModelError, match="is not the one its card describes"):
        quantised.read(tmp_path / "other")


def test_a_precision_that_a_model_does_not_have_is_refused() -> None:
    with pytest.raises(ModelError, match="bicubic does not run in int8: choose float32"):
        load("bicubic", 4, precision="int8")
    for precision, kind in (("int8", Integers), ("float32", Keras), (None, Integers)):
        assert isinstance(load("stream", 4, precision=precision).upscaler.engine, kind)


def test_without_kernels_the_network_itself_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duf.streaming.kernels", lambda: None)
    assert isinstance(load("stream", 4).upscaler.engine, Keras)
    with pytest.raises(ModelError, match="choose float32"):
        load("stream", 4, precision="int8")
