from itertools import islice, pairwise

import cv2
import numpy as np
import pytest

from duf.media.colour import SITES, Coding, from_rgb
from duf.steady import LEAST, LIMIT, Source, Steady, taller, wide
from duf.streaming import Streaming
from duf.upscaler import Upscaler, bicubic

CODES = {bits: Coding(matrix=1, full=False, bits=bits, site=SITES["left"]) for bits in (8, 10)}


class Restless(Upscaler):
    """Bicubic, which makes a little something else of every frame, and may read several before it does."""

    past, future = 4, 2

    def __init__(self, scale: int = 4, at_once: int = 1, restlessness: float = 1.5) -> None:
        self.scale, self.at_once, self.restlessness = scale, at_once, restlessness

    def upscale(self, frames):
        run, rng = iter(frames), np.random.default_rng(7)
        while held := list(islice(run, self.at_once)):
            for picture in bicubic(self.scale).upscale(held):
                noise = rng.standard_normal(picture.shape, np.float32)
                yield np.clip(picture + self.restlessness / 255 * noise, 0, 1)


class Given(Upscaler):
    """Has its pictures already."""

    scale, past, future = 2, 0, 0

    def __init__(self, pictures) -> None:
        self.pictures = pictures

    def upscale(self, frames):
        yield from (picture.copy() for _, picture in zip(frames, self.pictures, strict=True))

    def upscale_planes(self, frames, code, result):
        yield from (tuple(map(np.copy, picture)) for _, picture in zip(frames, self.pictures, strict=True))


def texture(height: int = 30, width: int = 44, seed: int = 1) -> np.ndarray:
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random((height, width, 3), np.float32), (0, 0), 1)
    return cv2.normalize(noise, None, 0.1, 0.9, cv2.NORM_MINMAX)


def noisy(frame: np.ndarray, count: int, levels: float) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    return [frame + (levels / 255 * rng.standard_normal(frame.shape)).astype(np.float32) for _ in range(count)]


def planes(luma: float, chroma: float, bits: int = 8, size: tuple[int, int] = (8, 12)):
    """Of one colour."""
    kind, half = np.uint8 if bits == 8 else np.uint16, tuple(side // 2 for side in size)
    return np.full(size, luma, kind), np.full(half, chroma, kind), np.full(half, chroma, kind)


def restlessness(pictures) -> float:
    """Mean change from a picture to the next, once it is held."""
    return float(np.mean([np.abs(b.astype(float) - a) for a, b in pairwise(pictures[1:])]))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_what_stands_still_in_a_noisy_source_is_shown_more_steadily(scale):
    frames = noisy(texture(), 8, 0.35)
    plain, steady = (list(one.upscale(frames)) for one in (Restless(scale), Steady(Restless(scale))))
    assert 0 < restlessness(steady) < 0.2 * restlessness(plain)


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_so_are_planes_of_sources_with_an_odd_row_and_column(scale, bits):
    code, frames = CODES[bits], noisy(texture(31, 45), 8, 0.3)
    sources = [from_rgb(frame, code) for frame in frames]
    plain, steady = (
        list(one.upscale_planes(sources, code, code)) for one in (Restless(scale), Steady(Restless(scale)))
    )
    assert [plane.shape for plane in steady[-1]] == [plane.shape for plane in plain[-1]]
    for before, after in zip(zip(*plain, strict=True), zip(*steady, strict=True), strict=True):
        assert after[-1].dtype == before[-1].dtype
        assert restlessness(after) < 0.2 * restlessness(before)


@pytest.mark.parametrize("bits", [8, 10])
def test_a_change_larger_than_the_limit_is_shown_at_once(bits):
    least = LIMIT << bits - 8
    shown = [planes(400 % 2**bits, 100, bits)] * 2
    shown += [
        planes(shown[0][0][0, 0] + least, 100 - least, bits),
        planes(shown[0][0][0, 0] + least + 1, 99 - least, bits),
    ]
    source = [planes(50, 60, bits, (4, 6)) for _ in range(4)]
    for number, (luma, *_) in enumerate(source):
        luma[0, number] += 1  # less than news
    held = list(Steady(Given(shown)).upscale_planes(source, CODES[bits], CODES[bits]))
    for given, made in ((1, 2), (3, 3)):
        assert all(np.array_equal(*pair) for pair in zip(shown[given], held[made], strict=True))


def test_a_colour_that_changes_more_than_the_limit_is_shown_at_once():
    grey = np.full((8, 12, 3), 0.5, np.float32)
    near, far = grey.copy(), grey.copy()
    near[..., 0] += (LIMIT - 0.1) / 255
    far[..., 1] += (LIMIT + 0.1) / 255
    held = list(Steady(Given([grey, grey, near, far])).upscale(noisy(texture(4, 6), 4, 0.05)))
    assert np.allclose(held[2], grey, atol=1e-6) and np.array_equal(held[3], far)


def test_a_slow_fade_is_followed_without_lag_and_without_steps():
    frames = [texture() + np.float32(0.2 * t / 255) for t in range(60)]
    plain, steady = (np.stack(list(one.upscale(frames))) * 255 for one in (bicubic(4), Steady(bicubic(4))))
    assert np.abs(plain - steady).max() < 1
    assert np.diff(steady.mean((1, 2, 3)))[20:] == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("pace", [0.02, 0.05, 0.2])
@pytest.mark.parametrize("noise", [0.2, 0.5])
def test_so_is_one_in_whole_numbers_under_noise(bits, pace, noise):
    code = CODES[bits]
    fading = [frame + np.float32(pace * t / 255) for t, frame in enumerate(noisy(texture(), 60, noise))]
    sources = [from_rgb(frame, code) for frame in fading]
    plain, steady = (
        np.stack([picture[0] for picture in one.upscale_planes(sources, code, code)]) / 2 ** (bits - 8)
        for one in (bicubic(4), Steady(bicubic(4)))
    )
    assert np.abs((plain - steady).mean((1, 2))).max() < 1
    assert np.abs(np.diff(steady.mean((1, 2)))).max() < 0.5


@pytest.mark.parametrize("bits", [8, 10])
def test_what_moves_is_not_smeared_and_what_stands_beside_it_is_held(bits):
    code, still, moving = CODES[bits], texture(), texture(seed=3)
    frames = [np.hstack([still, np.roll(moving, 2 * t, 1)]) for t in range(6)]
    sources = [from_rgb(frame, code) for frame in frames]
    plain, steady = (list(one.upscale_planes(sources, code, code)) for one in (Restless(), Steady(Restless())))
    edge = 4 * (44 + 2)
    for before, after in zip(plain[2:], steady[2:], strict=True):
        assert np.array_equal(before[0][:, edge:], after[0][:, edge:])
        assert all(
            np.array_equal(*(p[:, edge // 2 :] for p in pair)) for pair in zip(before[1:], after[1:], strict=True)
        )
    still_part = np.s_[:, : 4 * (44 - 4)]
    assert all(np.array_equal(*(picture[0][still_part] for picture in pair)) for pair in pairwise(steady[1:]))


@pytest.mark.parametrize("bits", [8, 10])
def test_a_colour_that_fades_under_the_same_luma_is_followed_by_less_than_two_levels_at_once(bits):
    code, more = CODES[bits], 1 << bits - 8
    levels = [round(more * (110 + 0.2 * t)) for t in range(60)]
    sources = [planes(100 * more, level, bits, (8, 12)) for level in levels]
    pictures = Steady(Given([planes(100 * more, level, bits, (16, 24)) for level in levels]))
    shown = np.array([picture[1].mean() for picture in pictures.upscale_planes(sources, code, code)])
    assert np.abs(shown - levels).max() <= more and np.abs(np.diff(shown)).max() <= 2 * more


def test_the_second_picture_is_not_held_to_the_first_which_knows_nothing_yet():
    frames = noisy(texture(), 3, 0.1)
    plain, steady = (list(one.upscale(frames)) for one in (Restless(), Steady(Restless())))
    assert np.array_equal(plain[1], steady[1]) and not np.array_equal(plain[2], steady[2])


def test_nothing_in_gives_nothing_out():
    assert not list(Steady(bicubic(2)).upscale([]))
    assert not list(Steady(bicubic(2)).upscale_planes([], CODES[8], CODES[8]))


@pytest.mark.parametrize("count", [1, 5, 7])
def test_an_upscaler_that_reads_ahead_is_held_by_each_frame_of_its_own(count):
    frames = [frame + np.float32(0.5 * t / 255) for t, frame in enumerate(noisy(texture(), count, 0.3))]
    one, ahead = (list(Steady(Restless(at_once=at_once)).upscale(iter(frames))) for at_once in (1, 3))
    assert len(one) == len(ahead) == count
    assert all(np.array_equal(*pair) for pair in zip(one, ahead, strict=True))


def test_it_has_the_reach_of_what_it_holds():
    steady = Steady(Restless(3, at_once=5))
    assert (steady.scale, steady.past, steady.future, steady.at_once) == (3, 4, 2, 5)


def test_two_runs_share_no_memory():
    steady, one, other = Steady(Restless()), noisy(texture(), 5, 0.3), noisy(texture(seed=4), 5, 0.3)
    alone = [list(steady.upscale(run)) for run in (one, other)]
    together = zip(steady.upscale(one), steady.upscale(other), strict=True)
    for pictures, expected in zip(together, zip(*alone, strict=True), strict=True):
        assert all(np.array_equal(*pair) for pair in zip(pictures, expected, strict=True))


@pytest.mark.parametrize("code", [None, CODES[8]])
def test_what_was_shown_is_not_written_to_any_more(code):
    frames, steady = noisy(texture(), 6, 0.3), Steady(Restless())
    if code:
        frames = [from_rgb(frame, code) for frame in frames]
    kept, copies = [], []
    for picture in steady.upscale_planes(frames, code, code) if code else steady.upscale(frames):
        kept.append(picture)
        copies.append(tuple(map(np.copy, picture)))
    assert all(np.array_equal(a, b) for pair in zip(kept, copies, strict=True) for a, b in zip(*pair, strict=True))


@pytest.mark.parametrize("code", [None, CODES[8], CODES[10]])
def test_a_repeated_frame_has_the_same_picture_again_whatever_is_made_of_it(code):
    first, second, third = noisy(texture(), 3, 0.5)
    run = [first, second, third, third, third]
    if code:
        run = [from_rgb(frame, code) for frame in run]
    steady = Steady(Restless())
    pictures = list(steady.upscale_planes(run, code, code) if code else steady.upscale(run))
    assert all(np.array_equal(*pair) for again in pictures[3:] for pair in zip(again, pictures[2], strict=True))


class Drawing:
    """An engine whose pictures are what it last looked at, and a noise that every look brings."""

    scale = 2

    def begin(self, height, width):
        self.rng = np.random.default_rng(5)

    def remember(self, now, coming):
        (large,) = bicubic(2).upscale([now.frame])
        self.picture = large + self.rng.standard_normal(large.shape, np.float32) / 255

    def draw(self, times, code):
        picture = self.picture
        return lambda: picture


def test_a_picture_that_is_given_again_for_a_repeated_frame_stays_as_it_was_shown():
    first, second, third, fourth = noisy(texture(), 4, 0.5)
    once, repeated = (
        [picture.copy() for picture in Steady(Streaming(Drawing(), 2)).upscale(run)]
        for run in ([first, second, third, fourth], [first, second, third, third, third, fourth])
    )
    assert not np.array_equal(once[2], next(islice(Streaming(Drawing(), 2).upscale([first, second, third]), 2, None)))
    for shown, expected in zip(repeated, [*once[:3], once[2], once[2], once[3]], strict=True):
        assert np.array_equal(shown, expected)


def levels(luma: np.ndarray) -> list[np.ndarray]:
    """Without a colour."""
    return [luma.astype(np.float32), *(np.full([(side + 1) // 2 for side in luma.shape], 128, np.float32),) * 2]


def test_a_pixel_is_compared_with_what_it_was_when_it_was_renewed():
    grey = np.full((5, 6), 100)
    source = Source(levels(grey), LEAST[3])
    found = [source.news(levels(grey + level)).max() for level in (0.2, 0.6, 1.5, 1.5, 0)]
    assert found[0] == 0 and 0 < found[1] < 255 and found[2:] == [255, 0, 255]


def test_noise_in_a_single_pixel_is_not_news():
    grey = np.full((9, 9), 100.0)
    speck = grey.copy()
    speck[4, 4] += 2.5
    assert Source(levels(grey), LEAST[3]).news(levels(speck)).max() == 0


@pytest.mark.parametrize("size", [(8, 12), (9, 13)])
def test_a_change_of_colour_alone_is_news(size):
    luma, chroma = np.full(size, 100, np.float32), np.full([(side + 1) // 2 for side in size], 120, np.float32)
    other = chroma.copy()
    other[:, -2:] += 3
    news = Source([luma, chroma, chroma], LEAST[3]).news([luma, chroma, other])
    assert (news[:, -2:] == 255).all() and not news[:, :4].any()


def test_without_kernels_planes_are_the_same_to_the_bit(monkeypatch):
    sources = [from_rgb(frame, CODES[8]) for frame in noisy(texture(31, 45), 6, 0.6)]
    fast, plain = [], []
    for found in (fast, plain):
        found += Steady(Restless(3)).upscale_planes(sources, CODES[8], CODES[8])
        monkeypatch.setattr("duf.steady.kernels", lambda: None)
    assert all(np.array_equal(a, b) for pair in zip(fast, plain, strict=True) for a, b in zip(*pair, strict=True))


@pytest.mark.parametrize(("size", "large"), [((20, 30), (40, 60)), ((31, 45), (92, 134)), ((5, 7), (10, 13))])
def test_the_shares_of_a_plane_lie_where_the_source_lies(size, large):
    news, (height, width) = np.random.default_rng(6).integers(0, 256, size, np.uint8), large
    shares = taller(wide(news, np.empty(large, np.uint8)), height)
    wanted = cv2.resize(news.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    assert np.abs(shares - wanted).max() < 2.5
