import keras
import numpy as np
import pytest

from duf.convolution import Convolution


@pytest.mark.parametrize(("size", "padding"), [((1, 3, 3), "same"), (1, "valid"), (3, "valid")])
def test_it_computes_what_keras_does_on_every_backend(size, padding, monkeypatch):
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 7, 4)).astype(np.float32)
    layer = Convolution(8, size, padding=padding, bias_initializer="random_normal")
    usual = np.array(layer(x))
    assert np.allclose(usual, keras.layers.Conv3D.call(layer, x), atol=1e-5)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert np.allclose(layer(x), usual, atol=1e-5)
