import threading

import numpy as np
import pytest

from duf.flow import Flow
from duf.reference import Keras, Returning
from duf.stream import build
from duf.streaming import Streaming, glances, resting, seen_ahead
from duf.training.learners import Unrolled


@pytest.fixture(scope="module")
def network():
    return build("stream", 4)


def frames(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.random((20, 24, 3)).astype(np.float32) for _ in range(count)]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_one_picture_per_frame_of_the_right_size(network, scale):
    pictures = list(Streaming(Keras(network), scale).upscale(frames(3)))
    assert [p.shape for p in pictures] == [(20 * scale, 24 * scale, 3)] * 3
    assert all(p.min() >= 0 and p.max() <= 1 for p in pictures)


def test_a_run_starts_without_memory(network):
    upscaler = Streaming(Keras(network), 4)
    first, again = (list(upscaler.upscale(frames(3))) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_picture_depends_on_the_frames_before_it(network):
    upscaler = Streaming(Keras(network), 4)
    one, two, three = frames(3)
    after_one = list(upscaler.upscale([one, three]))[-1]
    after_two = list(upscaler.upscale([two, three]))[-1]
    assert np.abs(after_one - after_two).max() > 1e-4


def test_a_picture_depends_on_the_frame_after_it(network):
    upscaler = Streaming(Keras(network), 4)
    one, two, three = frames(3)
    before_two = next(upscaler.upscale([one, two]))
    before_three = next(upscaler.upscale([one, three]))
    assert np.abs(before_two - before_three).max() > 1e-4
    assert np.array_equal(next(upscaler.upscale([one])), next(upscaler.upscale([one, one])))  # none is the same at rest


def test_a_network_with_a_way_back_at_work_is_what_it_is_in_training():
    returning = build("stream-returning", 4)
    run = [(frame * 255).astype(np.uint8).astype(np.float32) / 255 for frame in frames(4)]
    flow = [glance.flow for glance in glances(run, lambda frame: frame, Flow())]
    learnt = Unrolled(returning)((np.stack(run)[None], np.stack(flow)[None], np.ones(1, np.float32)))
    made = list(Returning(returning, 4, "corner").upscale(run))
    assert np.allclose(made, np.clip(learnt[0], 0, 1), atol=1e-5)
    assert not list(Returning(returning, 4, "corner").upscale([]))


def test_twice_the_size_is_the_average_of_four_times(network):
    (large,) = Streaming(Keras(network), 4).upscale(frames(1))
    (small,) = Streaming(Keras(network), 2).upscale(frames(1))
    assert small == pytest.approx(large.reshape(40, 2, 48, 2, 3).mean((1, 3)), abs=1e-5)


class Counting:
    """An engine that knows how often it looked; its picture is the number of the look."""

    scale = 4

    def begin(self, height, width):
        self.looks = self.drawings = 0

    def remember(self, now, coming):
        self.looks += 1

    def draw(self, times, code):
        self.drawings += 1
        picture = np.full((80, 96, 3), self.looks, np.float32)
        return lambda: picture


def test_a_repeated_frame_is_not_looked_at_and_gets_the_picture_before_it():
    one, two, three = frames(3)
    engine = Counting()
    pictures = Streaming(engine, 4).upscale(iter([one, two, two, two, three, three, two]))
    assert [int(picture[0, 0, 0]) for picture in pictures] == [1, 2, 2, 2, 3, 3, 4]
    assert engine.looks == 4


def test_frames_before_the_start_are_looked_at_and_not_drawn():
    one, two = frames(2)
    engine = Counting()
    pictures = Streaming(engine, 4).drawn([one, two, one, one, two], lambda frame: frame, None, start=3)
    assert [int(picture[0, 0, 0]) for picture in pictures] == [3, 4]
    assert engine.drawings == 2


def test_the_second_frame_of_a_run_is_always_looked_at():
    engine, still = Counting(), frames(1)[0]
    pictures = Streaming(engine, 4).upscale([still.copy() for _ in range(50)])
    assert [int(picture[0, 0, 0]) for picture in pictures] == [1, *[2] * 49]


def test_a_still_picture_comes_while_it_stands():
    still, taken = frames(1)[0], []
    coming = (taken.append(number) or still for number in range(50))
    pictures = Streaming(Counting(), 4).upscale(coming)
    for _ in range(20):
        next(pictures)
    assert len(taken) == 23  # no more is held than the frame ahead, the one seen and the one drawn meanwhile


def test_frames_are_seen_ahead_on_another_thread_in_their_order_and_read_on_this_one():
    threads = {"reading": set(), "seeing": set()}

    def read():
        for number in range(4):
            threads["reading"].add(threading.get_ident())
            yield np.full((2, 3, 3), number, np.float32)

    def look(frame):
        threads["seeing"].add(threading.get_ident())
        return resting(frame)

    assert [glance.frame[0, 0, 0] for glance in seen_ahead(read(), look)] == [0, 1, 2, 3]
    assert threads["reading"] == {threading.get_ident()} and len(threads["seeing"]) == 1
    assert threads["reading"].isdisjoint(threads["seeing"])


def test_the_next_frame_is_already_being_seen_when_one_is_given_out():
    seen = threading.Event()

    def look(number):
        if number == 1:
            seen.set()
        return number

    coming = seen_ahead(iter([0, 1, 2]), look)
    assert next(coming) == 0 and seen.wait(10)
    coming.close()


def test_what_goes_wrong_when_a_frame_is_seen_is_told():
    def look(frame):
        raise ValueError("too dark")

    with pytest.raises(ValueError, match="too dark"):
        list(seen_ahead([1], look))
