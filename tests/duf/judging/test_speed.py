import numpy as np
import pytest

from duf.judging import speed


class Counting:
    """Takes as many seconds for each frame as it is told."""

    scale, past, future, at_once = 2, 0, 0, 1

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> None:
        self.seconds, self.now, self.seen = seconds, 0.0, []
        monkeypatch.setattr(speed.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(speed.time, "process_time", lambda: 2 * self.now)

    def upscale(self, frames):
        for frame, seconds in zip(frames, self.seconds, strict=False):
            self.now += seconds
            self.seen.append(frame)
            yield frame


def test_the_first_frames_do_not_count(monkeypatch):
    assert speed.cost_a_frame(Counting(monkeypatch, [9, 9, 9, 9, 1, 2, 30, 2]), 8) == (2, 4)


def test_pictures_made_at_once_share_what_they_cost(monkeypatch):
    model = Counting(monkeypatch, [30, 0, 0, 0, 0, 0, *[6, 0, 0, 0, 0, 0] * 3])
    model.at_once = 6
    assert speed.cost_a_frame(model, 1) == (1, 2)
    assert len(model.seen) == 24


def test_a_slow_model_is_not_asked_for_more(monkeypatch):
    slow = Counting(monkeypatch, [40.0] * 24)
    assert speed.cost_a_frame(slow).seconds == 40 and len(slow.seen) == speed.WARM_UP + 1


def test_frames_are_of_the_promised_size_and_move(monkeypatch):
    model = Counting(monkeypatch, [1.0] * 6)
    speed.cost_a_frame(model, 6)
    first, second, *_ = model.seen
    assert first.shape == (240, 426, 3) and first.dtype == np.float32
    assert np.array_equal(first[:, 1:], second[:, :-1])
