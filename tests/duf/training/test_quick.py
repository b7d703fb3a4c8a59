import numpy as np
import pytest
import tensorflow as tf

from duf.native import kernels
from duf.stream import build
from duf.training import losses, quick
from duf.training.losses import PENALTIES, loss

pytestmark = pytest.mark.skipif(kernels() is None, reason="kernels not built or not for this processor")


def floats(array: object) -> np.ndarray:
    return np.array(tf.cast(array, tf.float32))


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
@pytest.mark.parametrize("name, scale", [("stream", 2), ("stream", 3), ("stream", 4), ("stream-5x5", 4)])
def test_painting_and_its_slopes_are_those_of_the_layers(name, scale, kind):
    rng, network = np.random.default_rng(1), build(name, scale)
    filters = network.upsample.size**2 * scale**2
    shapes = (3, 6, 8, filters), (3, filters), (3, 6, 8, 3 * scale**2)
    frames = tf.constant(rng.random((3, 6, 8, 3), np.float32))
    planned = [tf.constant(3 * rng.normal(size=shape).astype(np.float32)) for shape in shapes]
    planned[0], planned[2] = tf.cast(planned[0], kind), tf.cast(planned[2], kind)
    above, found = rng.normal(size=(3, 6 * scale, 8 * scale, 3)).astype(np.float32), []
    for paint in (network.paint, quick.painter(network)):
        with tf.GradientTape() as tape:
            tape.watch(planned)
            picture = paint(frames, *planned)
            total = tf.reduce_sum(picture * above)
        found.append([picture, *tape.gradient(total, planned)])
    step = 2**-7 if kind == "bfloat16" else 1e-5  # half of the last digit, either way
    for ours, theirs in zip(*found, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(floats(theirs), floats(ours), rtol=step, atol=1e-5)


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("steady, still", [(0, 0), (0.3, 0), (0, 0.2), (0.3, 0.2)])
def test_the_loss_and_its_slopes_are_those_of_the_formula(name, steady, still, monkeypatch):
    rng = np.random.default_rng(2)
    truth = rng.random((2, 5, 20, 23, 3), np.float32)
    truth[:, 1:3, :10], truth[:, 4, 5:, 12:] = truth[:, :1, :10], truth[:, 3, 5:, 12:]  # parts stand still
    result = tf.constant(truth + rng.normal(scale=0.05, size=truth.shape).astype(np.float32))
    found = []
    for quickly in (False, True):
        monkeypatch.setattr(losses.quick, "usable", lambda quickly=quickly: quickly)
        with tf.GradientTape() as tape:
            tape.watch(result)
            error = loss(name, 0.03, steady, still)(tf.constant(truth), result)
        found.append((error, tape.gradient(error, result)))
    (error, slopes), (quick_error, quick_slopes) = found
    assert float(quick_error) == pytest.approx(float(error), rel=1e-5)
    np.testing.assert_allclose(quick_slopes, slopes, rtol=1e-4, atol=1e-8)


def test_single_pictures_have_a_loss():
    truth = np.zeros((2, 1, 4, 4, 3), np.float32)
    error, slopes = quick.judged(truth, truth + np.float32(0.5), True, 0.1, 0.2, 0.2, 1 / 255)
    assert error == pytest.approx(0.1 * (0.5 - 0.05)) and slopes == pytest.approx(0.1 / truth.size)


def test_what_the_kernels_do_not_know_is_left_to_the_layers():
    known, unknown = build("stream", 4, "mixed_bfloat16"), build("stream", 4, "mixed_float16")
    assert quick.paints(known) and not quick.paints(unknown)


def test_a_loss_of_no_known_name_is_refused():
    with pytest.raises(KeyError, match="hubr"):
        loss("hubr", 0.1, 0)
