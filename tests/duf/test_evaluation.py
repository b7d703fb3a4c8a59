import numpy as np
import pytest

from duf.catalog import load
from duf.errors import MediaError
from duf.evaluation import evaluate
from duf.upscaler import bicubic
from tests.duf import clips


@pytest.fixture
def folder(tmp_path):
    for name in ("a", "b"):
        clips.make(tmp_path / f"{name}.mp4", frames=7, size=(90, 70))
    return tmp_path


def test_each_clip_has_a_score_and_the_mean_comes_last(folder):
    scores = evaluate(bicubic, folder, 4, "paper")
    assert [s.clip for s in scores] == ["a", "b", "mean"]
    assert scores[-1].psnr == pytest.approx(np.mean([s.psnr for s in scores[:-1]]))
    assert 20 < scores[-1].psnr < 60


def test_the_wrong_phase_costs_decibels(folder):
    right = evaluate(bicubic, folder, 4, "paper")[-1]
    wrong = evaluate(lambda scale, sampling: bicubic(scale, "centre"), folder, 4, "paper")[-1]
    assert wrong.psnr < right.psnr - 1


def test_frames_at_the_ends_do_not_count(folder):
    class Careless:
        scale, past, future = 4, 0, 0

        def upscale(self, frames):
            for i, picture in enumerate(bicubic(4, "corner").upscale(frames)):
                yield picture if 2 <= i < 5 else picture * 0

    assert evaluate(lambda *_: Careless(), folder, 4, "paper") == evaluate(bicubic, folder, 4, "paper")


def test_a_folder_without_clips_is_refused(tmp_path):
    with pytest.raises(MediaError, match="no clips"):
        evaluate(lambda scale, sampling: load("bicubic", scale, sampling), tmp_path, 4, "paper")
