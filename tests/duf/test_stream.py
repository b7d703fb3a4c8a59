import numpy as np
import pytest
from keras import ops

from duf.stream import WIDTHS, build, follow


def test_state_follows_the_flow_by_whole_pixels():
    x = np.arange(24, dtype=np.float32).reshape(1, 4, 6, 1)
    flow = np.zeros((1, 4, 6, 2), np.float32)
    flow[..., 0], flow[..., 1] = 1, -1
    moved = ops.convert_to_numpy(follow(x, flow))[0, ..., 0]
    assert moved[1:, :-1].tolist() == x[0, :-1, 1:, 0].tolist()
    assert moved[0, 0] == x[0, 0, 1, 0]  # edges are repeated


def test_each_sample_of_a_batch_keeps_to_itself():
    x = np.stack([np.zeros((4, 5, 2)), np.ones((4, 5, 2))]).astype(np.float32)
    moved = ops.convert_to_numpy(follow(x, np.full((2, 4, 5, 2), 9, np.float32)))
    assert (moved[0] == 0).all() and (moved[1] == 1).all()


@pytest.mark.parametrize("name", WIDTHS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_step_gives_a_larger_picture_and_the_next_state(name, scale):
    network = build(name, scale)
    frame = np.random.default_rng(1).random((2, 9, 11, 3)).astype(np.float32)
    state = np.zeros((2, 9, 11, network.channels), np.float32)
    picture, after = network(frame, frame, frame[..., :2], state, np.zeros(2, np.float32))
    assert picture.shape == (2, 9 * scale, 11 * scale, 3)
    assert after.shape == state.shape


def test_stream_costs_about_seventy_thousand_multiplications_a_pixel():
    kernels = [w for w in build("stream", 4).weights if w.path.endswith("kernel")]
    assert 60_000 < sum(int(np.prod(k.shape)) for k in kernels) < 75_000


def test_the_phase_changes_the_picture():
    network = build("stream", 4)
    frame = np.random.default_rng(1).random((1, 8, 8, 3)).astype(np.float32)
    state = np.zeros((1, 8, 8, network.channels), np.float32)
    centre, corner = (
        network(frame, frame, frame[..., :2] * 0, state, np.array([phase], np.float32))[0] for phase in (0, 1)
    )
    assert np.abs(np.array(centre) - np.array(corner)).max() > 1e-4
