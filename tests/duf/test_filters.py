import keras
import numpy as np
import pytest

from duf.filters import DynamicUpsampling, depth_to_space

SIZES_AND_SCALES = [(size, scale) for size in (3, 5) for scale in (2, 3, 4)]


def picture(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).random(shape, dtype=np.float32)


def by_the_equation(frame: np.ndarray, logits: np.ndarray, size: int, scale: int) -> np.ndarray:
    """The docstring's sum, written as loops."""
    batch, height, width, channels = frame.shape
    taps = logits.astype(np.float64).reshape(batch, height, width, size, size, scale, scale)
    weights = np.exp(taps) / np.exp(taps).sum(axis=(3, 4), keepdims=True)
    reach = size // 2
    padded = np.pad(frame, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    out = np.zeros((batch, height * scale, width * scale, channels))
    for y, x, v, u in np.ndindex(height, width, scale, scale):
        around = padded[:, y : y + size, x : x + size]
        out[:, y * scale + v, x * scale + u] = np.einsum("bji,bjic->bc", weights[:, y, x, :, :, v, u], around)
    return out


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize(("size", "scale"), SIZES_AND_SCALES)
def test_it_computes_the_papers_equation(size: int, scale: int, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)  # each has its way
    frame = picture(2, 4, 6, 3)
    logits = np.random.default_rng(1).normal(size=(2, 4, 6, size * size * scale * scale)).astype(np.float32)
    out = DynamicUpsampling(size, scale)(frame, logits)
    np.testing.assert_allclose(out, by_the_equation(frame, logits, size, scale), atol=1e-6)


@pytest.mark.parametrize(("size", "scale"), SIZES_AND_SCALES)
def test_a_filter_of_its_middle_tap_alone_repeats_every_pixel(size: int, scale: int) -> None:
    frame = picture(1, 5, 7, 3)
    logits = np.full((1, 5, 7, size * size, scale * scale), -100, np.float32)
    logits[:, :, :, size * size // 2] = 100
    out = DynamicUpsampling(size, scale)(frame, logits.reshape(1, 5, 7, -1))
    np.testing.assert_allclose(out, frame.repeat(scale, axis=1).repeat(scale, axis=2), atol=1e-6)


def test_a_tap_left_of_the_middle_takes_the_pixel_to_the_left() -> None:
    frame = np.arange(1, 7, dtype=np.float32).reshape(1, 2, 3, 1)
    logits = np.full((1, 2, 3, 9, 4), -100, np.float32)
    logits[:, :, :, 3] = 100
    out = DynamicUpsampling(3, 2)(frame, logits.reshape(1, 2, 3, -1))
    np.testing.assert_allclose(np.asarray(out)[0, ::2, ::2, 0], [[0, 1, 2], [0, 4, 5]], atol=1e-5)


def test_filters_sum_to_one_so_a_flat_frame_stays_flat_inside() -> None:
    logits = np.random.default_rng(2).normal(size=(1, 6, 6, 25 * 4)).astype(np.float32)
    out = DynamicUpsampling(5, 2)(np.full((1, 6, 6, 3), 0.3, np.float32), logits)
    np.testing.assert_allclose(np.asarray(out)[:, 4:-4, 4:-4], 0.3, atol=1e-6)


def test_every_channel_is_filtered_alike_and_apart() -> None:
    frame = picture(1, 4, 4, 3)
    logits = np.random.default_rng(3).normal(size=(1, 4, 4, 25 * 9)).astype(np.float32)
    layer = DynamicUpsampling(5, 3)
    together = np.asarray(layer(frame, logits))
    for channel in range(3):
        alone = layer(frame[..., channel : channel + 1], logits)
        np.testing.assert_allclose(together[..., channel : channel + 1], alone, atol=1e-6)


def test_subpixels_are_laid_out_row_by_row_with_their_colours_together() -> None:
    out = np.asarray(depth_to_space(np.arange(12, dtype=np.float32).reshape(1, 1, 1, 12), 2))
    np.testing.assert_array_equal(out[0, :, :, 0], [[0, 3], [6, 9]])
    np.testing.assert_array_equal(out[0, 1, 0], [6, 7, 8])


def test_it_is_built_again_from_its_configuration() -> None:
    layer = DynamicUpsampling(3, 2, name="upsample")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert (again.size, again.scale, again.name) == (3, 2, "upsample")


def test_it_joins_a_model_of_open_size() -> None:
    frame, logits = keras.Input((None, None, 3)), keras.Input((None, None, 36))
    model = keras.Model([frame, logits], DynamicUpsampling(3, 2)(frame, logits))
    assert model.output_shape == (None, None, None, 3)
    assert model([picture(1, 3, 4, 3), picture(1, 3, 4, 36)]).shape == (1, 6, 8, 3)


@pytest.mark.parametrize(("size", "scale"), [(4, 2), (0, 2), (3, 0)])
def test_an_impossible_filter_is_refused(size: int, scale: int) -> None:
    with pytest.raises(ValueError, match="a dynamic filter"):
        DynamicUpsampling(size, scale)
