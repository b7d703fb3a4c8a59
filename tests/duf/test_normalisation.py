import keras
import numpy as np
import pytest
import tensorflow as tf

from duf.normalisation import Normalisation

SHAPE = (2, 3, 5, 4, 6)


@pytest.mark.parametrize("training", [True, False])
def test_normalises_learns_and_remembers_as_keras_does(training: bool) -> None:
    x = tf.constant(np.random.default_rng(0).normal(2, 3, SHAPE).astype(np.float32))
    results = []
    for kind in (Normalisation, keras.layers.BatchNormalization):
        layer = kind(momentum=0.9)
        layer.build(SHAPE)
        layer.gamma.assign(np.linspace(0.5, 2, SHAPE[-1]))
        layer.moving_mean.assign(np.linspace(-1, 1, SHAPE[-1]))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=training)
            error = tf.reduce_sum(tf.sin(y))
        gradients = tape.gradient(error, [x, layer.gamma.value, layer.beta.value])
        results.append([y, *gradients, layer.moving_mean.numpy(), layer.moving_variance.numpy()])
    for ours, theirs in zip(*(result[:-1] for result in results), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
    ours, theirs = (result[-1] for result in results)
    np.testing.assert_allclose(ours, theirs, rtol=0.01)  # TensorFlow's is of a sample: n / (n - 1)
