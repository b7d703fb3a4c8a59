import numpy as np
import pytest

from duf.stream import build
from duf.streaming import Streaming


@pytest.fixture(scope="module")
def network():
    return build("stream", 4)


def frames(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.random((20, 24, 3)).astype(np.float32) for _ in range(count)]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_one_picture_per_frame_of_the_right_size(network, scale):
    pictures = list(Streaming(network, scale).upscale(frames(3)))
    assert [p.shape for p in pictures] == [(20 * scale, 24 * scale, 3)] * 3
    assert all(p.min() >= 0 and p.max() <= 1 for p in pictures)


def test_a_run_starts_without_memory(network):
    upscaler = Streaming(network, 4)
    first, again = (list(upscaler.upscale(frames(3))) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_picture_depends_on_the_frames_before_it(network):
    upscaler = Streaming(network, 4)
    one, two, three = frames(3)
    after_one = list(upscaler.upscale([one, three]))[-1]
    after_two = list(upscaler.upscale([two, three]))[-1]
    assert np.abs(after_one - after_two).max() > 1e-4


def test_twice_the_size_is_the_average_of_four_times(network):
    (large,) = Streaming(network, 4).upscale(frames(1))
    (small,) = Streaming(network, 2).upscale(frames(1))
    assert small == pytest.approx(large.reshape(40, 2, 48, 2, 3).mean((1, 3)), abs=1e-5)
