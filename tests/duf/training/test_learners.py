import numpy as np
import pytest

from duf.errors import ModelError
from duf.networks import DUF
from duf.stream import View, build
from duf.training.learners import Centred, Unrolled, learner


def test_unrolled_frames_are_what_one_step_after_the_other_gives():
    network, rng = build("stream", 4), np.random.default_rng(4)
    frames, flow = rng.random((2, 3, 8, 9, 3), np.float32), rng.normal(size=(2, 3, 8, 9, 2)).astype(np.float32)
    phase = np.array([0, 1], np.float32)
    together = np.array(Unrolled(network)((frames, flow, phase)))
    state, rest = np.zeros((2, 8, 9, network.channels), np.float32), np.zeros_like(flow[:, 0])
    views = [
        View(frames[:, 0], frames[:, 0], flow[:, 0], frames[:, 1], flow[:, 1]),
        View(frames[:, 1], frames[:, 0], flow[:, 1], frames[:, 2], flow[:, 2]),
        View(frames[:, 2], frames[:, 1], flow[:, 2], frames[:, 2], rest),
    ]
    for t, view in enumerate(views):
        picture, state = network(view, state, phase)
        assert np.allclose(together[:, t], picture, atol=1e-5)


def test_a_way_back_is_gone_before_the_way_there():
    network, rng = build("stream-returning", 4), np.random.default_rng(7)
    frames, flow = rng.random((1, 3, 8, 9, 3), np.float32), rng.normal(size=(1, 3, 8, 9, 2)).astype(np.float32)
    flow[:, 0] = 0
    together = np.array(Unrolled(network)((frames, flow, np.zeros(1, np.float32))))
    changed = frames.copy()
    changed[:, 2] = rng.random((1, 8, 9, 3), np.float32)
    other = np.array(Unrolled(network)((changed, flow, np.zeros(1, np.float32))))
    assert np.abs(together[:, 0] - other[:, 0]).max() > 1e-6  # it looks only one frame ahead without


def test_duf_learns_the_middle_frame():
    rng = np.random.default_rng(5)
    frames, truth = rng.random((2, 7, 6, 8, 3), np.float32), rng.random((2, 7, 12, 16, 3), np.float32)
    network = DUF(16, 2)
    made = Centred(network)((frames, None, None))
    assert np.allclose(made[:, 0], network(frames), atol=1e-5)
    assert np.array_equal(Centred(network).truth(truth)[:, 0], truth[:, 3])


@pytest.mark.parametrize("name", ["stream", "duf-16"])
def test_half_precision_gives_nearly_the_same_in_single_precision_pixels(name):
    rng = np.random.default_rng(6)
    sample = (rng.random((1, 7, 6, 8, 3), np.float32), np.zeros((1, 7, 6, 8, 2), np.float32), np.zeros(1, np.float32))
    single, half = learner(name, 2), learner(name, 2, "mixed_bfloat16")
    half.network.set_weights(single.network.get_weights())
    a, b = np.array(single(sample)), np.array(half(sample))
    assert b.dtype == np.float32
    assert 0 < np.abs(a - b).max() < 0.05


def test_an_unknown_network_is_refused_by_name():
    with pytest.raises(ModelError, match="duf-17: choose one of stream, "):
        learner("duf-17", 4)
