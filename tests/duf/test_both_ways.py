from itertools import count

import numpy as np
import pytest

from duf.both_ways import BothWays, mean, span, spans, turned
from duf.integers import Integers
from duf.media.colour import SITES, Coding, from_rgb, to_rgb
from duf.native import kernels
from duf.quantised import read
from duf.reference import streaming
from duf.stream import build
from duf.streaming import Streaming
from duf.upscaler import bicubic
from duf.weights import shipped

CODE = Coding(matrix=1, full=False, bits=8, site=SITES["left"])


@pytest.fixture(scope="module")
def network():
    return build("stream", 2)


@pytest.fixture
def upscaler(network) -> BothWays:
    return BothWays(streaming(network, 2))


def frames(number: int, height: int = 10, width: int = 12) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.random((height, width, 3)).astype(np.float32) for _ in range(number)]


def test_a_picture_is_the_mean_of_the_way_there_and_of_the_way_back_on_its_side(network, upscaler):
    run = frames(3)
    there = list(streaming(network, 2).upscale(run))
    back = list(streaming(network, 2).upscale([frame.swapaxes(0, 1) for frame in reversed(run)]))
    for made, one, other in zip(upscaler.upscale(run), there, reversed(back), strict=True):
        assert made == pytest.approx((one + other.swapaxes(0, 1)) / 2, abs=1e-6)


def test_a_run_longer_than_a_span_has_one_picture_for_each_frame_and_reads_no_further_than_it_needs(network):
    read = count()
    upscaler = BothWays(streaming(network, 2))
    run = frames(2 * BothWays.at_once + upscaler.future + 5)
    pictures = upscaler.upscale(frame for frame in run if next(read) >= 0)
    next(pictures)
    assert next(read) <= BothWays.at_once + upscaler.future
    assert len(list(pictures)) == len(run) - 1


def test_what_comes_later_than_the_look_ahead_changes_nothing(upscaler):
    run = frames(BothWays.at_once + upscaler.future)
    alone, longer = (list(upscaler.upscale(run + more))[: BothWays.at_once] for more in ([], frames(4)))
    assert all(np.array_equal(one, other) for one, other in zip(alone[:-1], longer[:-1], strict=True))


def test_of_large_pictures_fewer_are_held():
    sizes = [(240, 426), (1080, 1920), (4320, 7680)]
    assert [span(np.broadcast_to(np.float32(0), (*size, 3))) for size in sizes] == [12, 2, 2]


def test_nothing_in_gives_nothing_out(upscaler):
    assert not list(upscaler.upscale([]))


def test_two_engines_at_one_desk_do_not_disturb_each_other():
    """Of sizes that are each other's, so that what one leaves behind lies where the other looks."""
    network, run = read(shipped("stream", 4)), frames(5)
    sideways = [np.ascontiguousarray(frame.swapaxes(0, 1)) for frame in run]
    alone, aside = (list(Streaming(Integers(kernels(), network, False), 4).upscale(one)) for one in (run, sideways))
    first = Integers(kernels(), network, False)
    ways = Streaming(first, 4).upscale(run), Streaming(first.twin(), 4).upscale(sideways)
    for picture, other, *expected in zip(*ways, alone, aside, strict=True):
        assert np.array_equal(picture, expected[0]) and np.array_equal(other, expected[1])


def test_spans_are_turned_and_bring_what_comes_after_and_the_one_before():
    assert list(spans(range(7), 3, 2)) == [
        ([4, 3, 2, 1, 0], range(2, 5)),
        ([6, 5, 4, 3, 2], range(1, 4)),
        ([6, 5], range(1)),
    ]
    assert list(spans([], 3, 2)) == []


def test_the_first_picture_of_a_span_looks_ahead_on_the_way_back_like_all_others(network):
    run = frames(BothWays.at_once + 4)
    there = list(streaming(network, 2).upscale(run))
    back = list(streaming(network, 2).upscale([frame.swapaxes(0, 1) for frame in reversed(run)]))[::-1]
    made = list(BothWays(streaming(network, 2)).upscale(run))
    first = BothWays.at_once
    assert made[first] == pytest.approx((there[first] + back[first].swapaxes(0, 1)) / 2, abs=1e-6)


class Even:
    """Draws without learning, the same in every direction."""

    scale = 2

    def drawn(self, frames, see, code, start=0, stop=None):
        for picture in list(bicubic(2).upscale(map(see, frames)))[start:stop]:
            yield from_rgb(picture, code)


@pytest.mark.parametrize("site", SITES.values())
def test_chroma_lies_where_it_does_one_way(upscaler, site):
    planes = tuple(np.random.default_rng(1).integers(0, 256, size, np.uint8) for size in [(20, 24), (10, 12), (10, 12)])
    code = CODE._replace(site=site)
    (one,) = Even().drawn([planes], lambda planes: to_rgb(planes, code), code)
    upscaler.forwards = upscaler.backwards = Even()
    (both,) = upscaler.upscale_planes([planes], code, code)
    assert all(np.abs(plane.astype(int) - other).max() <= 1 for plane, other in zip(one, both, strict=True))


def test_the_mean_of_whole_numbers_leans_neither_up_nor_down():
    assert mean(np.array([[1, 2, 3]], np.uint8), np.array([[2, 3, 3]], np.uint8)).tolist() == [[2, 2, 3]]


def test_turned_twice_is_as_before():
    planes = tuple(np.arange(12, dtype=np.uint16).reshape(3, 4) for _ in range(3))
    assert all(np.array_equal(*pair) for pair in zip(turned(turned(planes)), planes, strict=True))


def test_a_repeated_frame_gets_the_same_picture(upscaler):
    one, two = frames(2)
    pictures = list(upscaler.upscale([one, *[two] * BothWays.at_once, two]))
    assert all(np.array_equal(picture, pictures[BothWays.at_once]) for picture in pictures[2 : BothWays.at_once + 1])
