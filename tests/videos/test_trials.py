"""Trying a model on a video: asked once, in turns with segments, and whatever happens the row says so."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from duf.media import index, probe
from tests.conftest import JobMaker
from tests.duf.clips import make
from videos.measured import Speed, Trial
from videos.models import Segment, Upscale, Video
from videos.work import segments, trials
from videos.work.child import UpscaleError

POINT = {"frames": 24, "lead": 0.5, "pace": 0.1, "keys": 1, "key_bytes": 5000, "other_bytes": 23000}


@pytest.fixture
def video(alice: User, tmp_path: Path) -> Video:
    """A checked video."""
    clip = make(tmp_path / "clip.mp4", frames=40, cuts=[20])
    video = Video.objects.create(
        owner=alice, name="clip.mp4", size=1, state="ready", facts=probe(clip).to_json(), frames=40
    )
    video.folder.mkdir()
    clip.rename(video.source)
    index(video.source).save(video.index)
    return video


class Answering:
    """A child that answers without working."""

    def __init__(self, answer: dict[str, Any] | UpscaleError) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.tried = False

    def run(self, request: dict[str, Any], hold: object) -> dict[str, Any]:
        self.asked.append(request)
        self.tried = "trial" in request
        if isinstance(self.answer, UpscaleError):
            raise self.answer
        if "start" in request:
            Path(request["output"]).write_bytes(b"frames")
        return self.answer


def test_a_choice_is_tried_once(
    video: Video, calls: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        trials.ask(video, "bicubic", 2, {})
        trials.ask(video, "bicubic", 2, {"codec": "h264"})
        trials.ask(video, "bicubic", 2, {"codec": "h264", "crf": 12})
        trials.ask(video, "bicubic", 2, {"deinterlace": "off"})
    asked = [("h264", 16, "auto"), ("h264", 12, "auto"), ("h264", 16, "off")]
    assert list(Trial.objects.values_list("codec", "crf", "deinterlace")) == asked
    assert calls == ["work"] * 3


def test_the_size_that_is_offered_first_is_tried_first(video: Video, calls: list[str]) -> None:
    trials.ask_first(video)
    assert [trial.scale for trial in Trial.objects.all()] == [4, 3, 2]


def test_trials_and_segments_take_turns(
    video: Video, job_of: JobMaker, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Answering({"points": [POINT], "frames": 10, "seconds": 2.0})
    monkeypatch.setattr(segments, "child", child)
    job_of(video.owner, pieces=2)
    for scale in (2, 3, 4):
        trials.ask(video, "bicubic", scale, {})
    for _ in range(5):
        segments.work()
    assert [request.get("trial", False) for request in child.asked] == [True, False, True, False, True]


def test_what_nobody_asked_for_waits_while_the_video_is_converted(
    video: Video, job_of: JobMaker, calls: list[str], settings: Settings
) -> None:
    job = job_of(video.owner)
    trials.ask_first(job.video)
    assert not trials.waiting().exists()
    trials.ask(job.video, settings.DEFAULT_MODEL, 2, {"codec": "h265"})
    assert [trial.codec for trial in trials.waiting()] == ["h265"]
    Upscale.objects.filter(pk=job.pk).update(state="done")
    assert trials.waiting().count() == 4


def test_who_asked_for_fewest_trials_waits_for_no_others(video: Video, bob: User, calls: list[str]) -> None:
    for scale in (2, 3, 4):
        trials.ask(video, "bicubic", scale, {})
    other = Video.objects.create(owner=bob, name="b.mp4", size=1, state="ready", facts=video.facts, frames=40)
    trials.ask(other, "bicubic", 2, {})
    first = trials.claim_next()
    assert first and first.video == other


def test_a_trial_goes_before_the_first_segment(
    video: Video, job_of: JobMaker, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Answering({"points": [POINT]})
    monkeypatch.setattr(segments, "child", child)
    job_of(video.owner)
    trials.ask(video, "bicubic", 2, {})
    segments.work()
    trial = Trial.objects.get()
    assert (trial.state, trial.holder, trial.points) == (Trial.State.DONE, None, [POINT])
    assert (trial.segments, trial.scenes) == (1, 2)
    assert child.asked[0]["trial"] and not Segment.objects.exclude(state="queued").exists()


def test_a_trial_that_fails_for_good_says_why(video: Video, calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "child", Answering(UpscaleError("The model has no weights.")))
    trials.ask(video, "bicubic", 2, {})
    for _ in range(4):
        segments.work()
    trial = Trial.objects.get()
    assert (trial.state, trial.attempts, trial.reason) == (Trial.State.FAILED, 3, "The model has no weights.")


def test_a_finished_segment_leaves_its_speed_and_the_latest_are_kept(
    alice: User, job_of: JobMaker, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "child", Answering({"frames": 10, "seconds": 2.0}))
    monkeypatch.setattr(segments, "SPEEDS_KEPT", 2)
    job_of(alice, pieces=3)
    for _ in range(3):
        segments.work()
    speeds = Speed.objects.all()
    assert [(speed.model, speed.codec, speed.pixels, speed.frames, speed.seconds) for speed in speeds] == [
        ("bicubic", "h264", 64 * 48, 10, 2.0)
    ] * 2
