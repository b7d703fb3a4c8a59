"""The sweep finds again what was lost, ends what is spent, and takes away what nobody knows."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import Schedule
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from tests.conftest import JobMaker
from videos import storage
from videos.models import Segment, Upscale, Video
from videos.work.claiming import claim_next
from videos.work.sweeping import sweep

LONG_AGO = "2020-01-01T00:00:00Z"


def test_the_sweep_is_scheduled_every_minute_on_the_light_cluster(db: None) -> None:
    schedule = Schedule.objects.get(name="sweep")
    assert (schedule.func, schedule.schedule_type, schedule.minutes) == ("videos.tasks.sweep", "I", 1)
    assert schedule.cluster is None


@pytest.mark.parametrize(
    ("state", "pieces", "call"), [("queued", 0, "plan"), ("queued", 2, "work"), ("assembling", 0, "assemble")]
)
def test_a_job_whose_call_was_lost_is_called_for(
    alice: User,
    job_of: JobMaker,
    calls: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    state: str,
    pieces: int,
    call: str,
) -> None:
    job_of(alice, pieces=pieces, state=state)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert calls == [call]


def test_an_upload_whose_check_was_lost_is_called_for(
    alice: User, calls: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    Video.objects.create(owner=alice, name="a.mp4", size=1, state="checking", holder=uuid.uuid4(), lease=LONG_AGO)
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert calls == ["check"]


def test_nothing_is_called_for_when_there_is_nothing_to_do(
    alice: User, job_of: JobMaker, calls: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    job_of(alice, state="done")
    job_of(alice, state="cancelled")
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert calls == []


def test_a_job_that_died_between_its_last_segment_and_the_assembly_goes_on(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, state="running")
    job.segments.update(state="done", file="x.nut")
    sweep()
    job.refresh_from_db()
    assert job.state == Upscale.State.ASSEMBLING


def test_a_segment_that_died_three_times_fails_its_job_with_a_reason(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice)
    segment = claim_next()
    assert segment
    Segment.objects.filter(pk=segment.pk).update(attempts=3, lease=LONG_AGO)
    sweep()
    job.refresh_from_db()
    segment.refresh_from_db()
    assert (segment.state, job.state) == ("failed", "failed")
    assert "3 times" in job.reason


def test_a_segment_in_its_third_attempt_is_left_alone(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=1)
    job.segments.update(attempts=2)
    assert claim_next()
    sweep()
    job.refresh_from_db()
    assert job.state == "running"


def test_an_unfinished_upload_is_removed_after_its_time(alice: User) -> None:
    now = timezone.now()
    old = Video.objects.create(owner=alice, name="a.mp4", size=1, expires=now - timedelta(seconds=1))
    new = Video.objects.create(owner=alice, name="b.mp4", size=1, expires=now + timedelta(hours=1))
    for video in (old, new):
        video.folder.mkdir()
    sweep()
    assert list(Video.objects.all()) == [new]
    assert not old.folder.exists() and new.folder.exists()


def test_files_without_a_row_go_and_others_stay(alice: User, job_of: JobMaker, media_root: Path) -> None:
    job = job_of(alice, pieces=2)
    job.folder.mkdir()
    segment = claim_next()
    assert segment
    done = job.segments.exclude(pk=segment.pk).get()
    kept = [
        job.video.source,
        job.video.index,
        job.video.poster,
        job.folder / segment.attempt_file(),
        job.folder / f"segment-1-{uuid.uuid4()}.nut",
    ]
    Segment.objects.filter(pk=done.pk).update(state="done", file=kept[-1].name)
    lost = [
        media_root / str(uuid.uuid4()) / "source",
        job.video.folder / str(uuid.uuid4()) / "result.mp4",
        job.video.folder / f"index-{uuid.uuid4()}.npz",
        job.folder / f"segment-0-{uuid.uuid4()}.nut",
        job.folder / f"result-{uuid.uuid4()}.mp4",
    ]
    for path in kept + lost:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    sweep()
    assert [path for path in kept if not path.exists()] == []
    assert [path for path in lost if path.exists()] == []
    assert not lost[0].parent.exists()


def test_pieces_of_a_finished_result_go_if_a_crash_kept_them(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=1, state="done", file=f"result-{uuid.uuid4()}.mp4")
    piece = f"segment-0-{uuid.uuid4()}.nut"
    job.segments.update(state="done", file=piece)
    job.folder.mkdir()
    for name in (piece, job.file):
        (job.folder / name).touch()
    sweep()
    assert [path.name for path in job.folder.iterdir()] == [job.file]


def test_a_full_disk_is_said_and_unsaid(alice: User, job_of: JobMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of(alice)
    monkeypatch.setattr(storage, "spare_bytes", lambda: -1)
    sweep()
    job.refresh_from_db()
    assert job.paused == storage.FULL
    monkeypatch.setattr(storage, "spare_bytes", lambda: 1)
    sweep()
    job.refresh_from_db()
    assert job.paused == ""
