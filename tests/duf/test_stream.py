import numpy as np
import pytest
from keras import ops

from duf.stream import DESIGNS, View, build, follow, shifted, staying, turned


def still(frame: np.ndarray, shift: float = 0) -> View:
    """The same frame before and after, moved by `shift` pixels a frame."""
    flow = np.full((*frame.shape[:3], 2), shift, np.float32)
    return View(frame, frame, flow, frame, flow)


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


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_step_gives_a_larger_picture_and_the_next_state(name, scale):
    network = build(name, scale)
    frame = np.random.default_rng(1).random((2, 9, 11, 3)).astype(np.float32)
    state = np.zeros((2, 9, 11, network.channels), np.float32)
    picture, after = network(still(frame), state, np.zeros(2, np.float32), state)
    assert picture.shape == (2, 9 * scale, 11 * scale, 3)
    assert after.shape == state.shape


def test_rounded_its_state_is_what_bytes_tell():
    frame = np.random.default_rng(2).random((1, 9, 11, 3), np.float32)
    plain, rounded = build("stream", 2), build("stream", 2, rounds=True)
    rounded.set_weights(plain.get_weights())
    nothing = np.zeros((1, 9, 11, plain.channels), np.float32)
    exact, codes = (
        255 * ops.convert_to_numpy(network.remember(still(frame), nothing, np.zeros(1, np.float32)))
        for network in (plain, rounded)
    )
    assert np.abs(codes - np.rint(codes)).max() < 1e-3
    assert 0 < np.abs(codes - exact).max() < 3


@pytest.mark.parametrize(("name", "least", "most"), [("stream-light", 80_000, 90_000), ("stream", 215_000, 225_000)])
def test_what_a_network_multiplies_for_a_pixel_is_bounded(name, least, most):
    kernels = [w for w in build(name, 4).weights if w.path.endswith("kernel")]
    assert least < sum(int(np.prod(k.shape)) for k in kernels) < most


def test_the_phase_changes_the_picture():
    network = build("stream", 4)
    frame = np.random.default_rng(1).random((1, 8, 8, 3)).astype(np.float32)
    state = np.zeros((1, 8, 8, network.channels), np.float32)
    centre, corner = (network(still(frame), state, np.array([phase], np.float32))[0] for phase in (0, 1))
    assert np.abs(np.array(centre) - np.array(corner)).max() > 1e-4


def step(name: str, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """The picture and state that a network with random weights makes, its state having moved by `shift` pixels."""
    network, rng = build(name, 2), np.random.default_rng(2)
    network.set_weights([rng.normal(size=w.shape) * 0.1 for w in network.get_weights()])
    frame = rng.random((1, 8, 8, 3), np.float32)
    state = rng.random((1, 8, 8, network.channels), np.float32)
    return tuple(map(np.array, network(still(frame, shift), state, np.zeros(1, np.float32))))


def test_the_frame_after_is_brought_to_where_this_one_is():
    network, rng = build("stream", 2), np.random.default_rng(3)
    frames = rng.random((1, 12, 27, 3), np.float32)
    frame, moved = frames[:, :, 3:], frames[:, :, :-3]  # what lies at x now lies at x + 3 then
    flow = np.zeros((1, 12, 24, 2), np.float32)
    flow[..., 0] = -3
    state, phase = np.zeros((1, 12, 24, network.channels), np.float32), np.zeros(1, np.float32)
    seen = network.remember(View(frame, frame, flow * 0, moved, flow), state, phase)
    at_rest = network.remember(still(frame), state, phase)
    assert np.allclose(np.array(seen)[:, :, :12], np.array(at_rest)[:, :, :12], atol=1e-6)


def test_a_still_state_pays_no_heed_to_the_flow():
    assert np.array_equal(step("stream-still-state", 0)[1], step("stream-still-state", 2)[1])
    assert not np.array_equal(step("stream", 0)[1], step("stream", 2)[1])


def test_without_look_ahead_the_frame_after_makes_no_difference():
    def remembered(name: str) -> tuple[np.ndarray, np.ndarray]:
        network, rng = build(name, 2), np.random.default_rng(4)
        frame, other = rng.random((2, 1, 8, 8, 3), np.float32)
        state, phase = np.zeros((1, 8, 8, network.channels), np.float32), np.zeros(1, np.float32)
        flow = np.ones((1, 8, 8, 2), np.float32)
        views = still(frame), still(frame)._replace(coming=other, coming_flow=flow)
        return tuple(np.array(network.remember(view, state, phase)) for view in views)

    assert np.array_equal(*remembered("stream-no-look-ahead"))
    assert not np.array_equal(*remembered("stream"))


def test_a_way_back_tells_the_next_state_what_is_to_come():
    network, rng = build("stream-returning", 2), np.random.default_rng(5)
    frame, later, other = rng.random((3, 1, 8, 8, 3), np.float32)
    nothing, phase = np.zeros((1, 8, 8, network.channels), np.float32), np.zeros(1, np.float32)
    backwards = [turned(still(frame)._replace(coming=after)) for after in (later, other)]
    states = [network.remember(still(frame), nothing, phase, network.recall(b, nothing, phase)) for b in backwards]
    assert np.abs(np.array(states[0]) - np.array(states[1])).max() > 1e-4


def test_a_moment_turned_twice_is_itself():
    rng = np.random.default_rng(6)
    moment = View(*(rng.random((1, 4, 5, n), np.float32) for n in (3, 3, 2, 3, 2)))
    once, twice = turned(moment), turned(turned(moment))
    assert once.previous is moment.coming and np.array_equal(once.flow, -moment.coming_flow)
    assert all(np.array_equal(a, b) for a, b in zip(moment, twice, strict=True))


def test_what_is_shifted_goes_where_its_weights_lie():
    x = np.arange(24, dtype=np.float32).reshape(1, 4, 6, 1)
    logits = np.zeros((1, 4, 6, 9), np.float32)
    logits[..., 5] = 50  # the middle row's right one
    moved = np.array(shifted(x, logits))
    assert np.allclose(moved[0, :, :-1, 0], x[0, :, 1:, 0])
    logits[...] = np.array(staying((9,)))
    assert np.allclose(shifted(x, logits)[0, 1:-1, 1:-1], x[0, 1:-1, 1:-1], rtol=0.2)


def test_fixed_filters_weigh_every_place_alike():
    network = build("stream-fixed-filters", 2)
    network.residual.kernel.assign(network.residual.kernel * 0)
    dot = np.zeros((1, 12, 12, 3), np.float32)
    dot[0, 3, 3], dot[0, 8, 7] = 1, 1
    picture = np.array(network(still(dot), np.zeros((1, 12, 12, 33), np.float32), np.zeros(1, np.float32))[0])
    assert np.allclose(picture[0, 3:11, 3:11], picture[0, 13:21, 11:19], atol=1e-6)
