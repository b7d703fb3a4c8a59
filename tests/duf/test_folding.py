import numpy as np
import tensorflow as tf

from duf.folding import Unfolded, multiplied_out
from duf.stream import View, build, folded


def test_it_begins_as_the_plain_convolution_and_has_more_to_learn():
    x = np.random.default_rng(1).normal(size=(1, 6, 7, 3)).astype(np.float32)
    layer = Unfolded(5, 3, padding="same")
    layer(x)
    assert np.array_equal(layer.kernel, layer._kernel)
    assert [tuple(w.shape) for w in layer.trainable_weights] == [(3, 3, 3, 5), (5,), (3, 3, 3, 20), (20, 5)]


def test_folded_it_computes_the_same_with_the_variables_of_the_plain_network():
    rng = np.random.default_rng(2)
    wide, plain = build("stream", 2, unfolds=True), build("stream", 2)
    wide.set_weights([rng.normal(scale=0.05, size=w.shape) for w in wide.get_weights()])
    frame, phase = rng.random((1, 8, 9, 3), np.float32), np.ones(1, np.float32)
    view, state = (
        View(frame, frame, frame[..., :2], frame, frame[..., :2]),
        rng.random((1, 8, 9, plain.channels), np.float32),
    )
    ours = folded(wide, "stream")
    assert [(w.path, w.shape) for w in ours.weights] == [(w.path, w.shape) for w in plain.weights]
    for one, other in zip(ours(view, state, phase), wide(view, state, phase), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_multiplied_out_it_computes_the_same_and_learns_the_same():
    rng, found = np.random.default_rng(3), []
    x = rng.normal(size=(1, 6, 7, 3)).astype(np.float32)
    layer = Unfolded(5, 3, padding="same")
    layer(x)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    for layers in ([], [layer]):
        with tf.GradientTape() as tape, multiplied_out(layers):
            made = layer(x) + layer(2 * x)
        found.append([made, *tape.gradient(made, [w.value for w in layer.trainable_weights])])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
    assert layer.product is None
