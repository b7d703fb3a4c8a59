from functools import partial

import av
import numpy as np
import pytest

from duf.catalog import load
from duf.errors import MediaError
from duf.judging.evaluation import case, evaluate, means, read_case, score
from duf.judging.figures import Figures
from duf.judging.protocols import PAPER, VIDEO, protocol
from duf.upscaler import bicubic
from tests.duf import clips

SIZE = (90, 70)


@pytest.fixture
def folder(tmp_path):
    for name in ("a", "b"):
        clips.make(tmp_path / f"{name}.mp4", frames=7, size=SIZE)
    return tmp_path


def mean_of(load, folder, scale, protocol) -> Figures:
    return means(list(evaluate({"it": load}, folder, scale, protocol)))["it"]


# The protocols written out a second time, in plain NumPy.


def weights(distance: np.ndarray) -> np.ndarray:
    """The bicubic kernel with a = -0.75."""
    x, a = np.abs(distance), -0.75
    near, far = (a + 2) * x**3 - (a + 3) * x**2 + 1, a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def enlarging(small: int, scale: int, phase: float) -> np.ndarray:
    """The matrix [scale small, small] of bicubic interpolation, edges repeated."""
    matrix = np.zeros((small * scale, small))
    for out in range(small * scale):
        at = (out - phase) / scale
        for tap in range(int(np.floor(at)) - 1, int(np.floor(at)) + 3):
            matrix[out, np.clip(tap, 0, small - 1)] += weights(at - tap)
    return matrix


def gaussian(length: int, scale: int) -> np.ndarray:
    """The matrix [length / scale, length] of the blur and its every scale-th sample, edges mirrored."""
    taps = np.exp(-(np.arange(-6, 7) ** 2) / (2 * (0.4 * scale) ** 2))
    matrix = np.zeros((length // scale, length))
    for out in range(length // scale):
        for k, tap in enumerate(taps / taps.sum(), -6):
            at = abs(out * scale + k)
            matrix[out, min(at, 2 * (length - 1) - at)] += tap
    return matrix


def area(length: int, scale: int) -> np.ndarray:
    return np.kron(np.eye(length // scale), np.full(scale, 1 / scale))


def both_ways(rows: np.ndarray, columns: np.ndarray, picture: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(np.einsum("yh,hwc,xw->yxc", rows, picture, columns)), 0, 255)


def decibels(truth: np.ndarray, result: np.ndarray) -> float:
    luma = np.array([65.481, 128.553, 24.966]) / 255
    error = ((truth - result) @ luma)[8:-8, 8:-8]
    return 10 * np.log10(255**2 / np.mean(error**2))


def by_hand(path, scale: int, smaller, phase: float) -> float:
    with av.open(str(path)) as file:
        frames = [frame.to_ndarray(format="rgb24").astype(float) for frame in file.decode(video=0)]
    height, width = (side // (2 * scale) * 2 * scale for side in frames[0].shape[:2])
    figures = []
    for truth in [frame[:height, :width] for frame in frames][2:-2]:
        small = both_ways(smaller(height, scale), smaller(width, scale), truth)
        large = both_ways(enlarging(height // scale, scale, phase), enlarging(width // scale, scale, phase), small)
        figures.append(decibels(truth, large))
    return float(np.mean(figures))


def textured(number: int, plan: clips.Recipe) -> np.ndarray:
    noise = np.random.default_rng(4).normal(size=(plan.size[1], plan.size[0] + 20, 3)).cumsum(0).cumsum(1)
    return np.clip(noise[:, 2 * number : 2 * number + plan.size[0]] * 3 + 128, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("chosen", [PAPER, VIDEO], ids=lambda one: one.name)
def test_bicubic_has_the_figure_that_the_protocol_gives_by_hand(tmp_path, scale, chosen):
    path = clips.make(tmp_path / "a.mkv", frames=7, size=(106, 78), picture=textured, options={"crf": "10"})
    smaller, phase = (gaussian, 0.0) if chosen is PAPER else (area, (scale - 1) / 2)
    expected = by_hand(path, scale, smaller, phase)
    assert mean_of(bicubic, tmp_path, scale, chosen).psnr == pytest.approx(expected, abs=0.02)


def test_compression_costs_decibels(folder):
    protocols = (VIDEO, protocol("video", 18), protocol("video", 32))
    clean, fine, coarse = (mean_of(bicubic, folder, 2, one).psnr for one in protocols)
    assert clean > fine > coarse


def test_each_clip_is_judged_and_each_model_on_it(folder):
    judged = list(evaluate({"one": bicubic, "two": partial(load, "lanczos")}, folder, 4, PAPER))
    assert [clip.clip for clip in judged] == ["a", "b"]
    assert all(list(clip.figures) == ["one", "two"] for clip in judged)
    mean = means(judged)["one"]
    assert mean.psnr == pytest.approx(np.mean([clip.figures["one"].psnr for clip in judged]))
    assert 20 < mean.psnr < 60 and 0 < mean.flip < 0.5 and mean.flicker > 0 and mean.tof > 0


def test_the_wrong_phase_costs_decibels(folder):
    right = mean_of(bicubic, folder, 4, PAPER)
    wrong = mean_of(lambda scale, sampling: bicubic(scale, "centre"), folder, 4, PAPER)
    assert wrong.psnr < right.psnr - 1


def test_frames_at_the_ends_do_not_count(folder):
    class Careless:
        scale, past, future = 4, 0, 0

        def upscale(self, frames):
            for i, picture in enumerate(bicubic(4, "corner").upscale(frames)):
                yield picture if 2 <= i < 5 else picture * 0

    assert mean_of(lambda *_: Careless(), folder, 4, PAPER) == mean_of(bicubic, folder, 4, PAPER)


def test_a_model_starts_anew_at_a_cut_and_time_does_not_cross_it():
    class Starts:
        scale, past, future, runs = 2, 0, 0, 0

        def upscale(self, frames):
            self.runs += 1
            return bicubic(2).upscale(frames)

    grey, white = (np.full((64, 64, 3), value, np.uint8) for value in (90, 255))
    model = Starts()
    figures, middle = score(case("cut", [[grey] * 4, [white] * 4], 2, VIDEO), model)
    assert model.runs == 2 and figures.flicker == figures.static_flicker == 0
    assert np.array_equal(middle, white)


def test_the_frame_in_the_middle_is_kept_to_be_looked_at(folder):
    still = next(evaluate({"it": bicubic}, folder, 2, VIDEO)).still
    assert still.source.shape == (34, 44, 3)
    assert still.truth.shape == still.results["it"].shape == (68, 88, 3)


def test_a_folder_without_clips_is_refused(tmp_path):
    with pytest.raises(MediaError, match="no clips"):
        evaluate({"it": bicubic}, tmp_path, 4, PAPER)


@pytest.mark.parametrize(
    ("recipe", "sentence"), [({"frames": 5}, "too few to compare"), ({"frames": 6, "size": (64, 60)}, "too small")]
)
def test_a_clip_that_cannot_be_judged_is_one_sentence(tmp_path, recipe, sentence):
    with pytest.raises(MediaError, match=sentence):
        read_case(clips.make(tmp_path / "a.mp4", **recipe), 2, PAPER)
