"""A crash between any two changes to files and rows: after the sweep all is well, and the work can go on.

The long run tries a crash before each change of each action, the short one before every fourth. What takes
seconds of decoding is done quickly in the short run, with the same changes; the long one does it for real.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from duf.media import index as index_of
from duf.media import probe
from duf.media.receipt import Receipt
from duf.pipeline import load, prepare, upscale_segment
from tests.duf.clips import Sound, make
from tests.videos.crashes import every_crash
from tests.videos.soundness import troubles
from videos import jobs, retention, samples, uploads
from videos.measured import Trial
from videos.models import Segment, Upscale, Video, Work
from videos.work import segments
from videos.work.assembling import assemble
from videos.work.checking import check
from videos.work.sweeping import sweep

PIECES = [(0, 6), (6, 12)]
LONG_AGO = "2020-01-01T00:00:00Z"

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]

Sent = dict[UUID, bytes]

in_steps = pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.long), 4])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("clip") / "clip.mp4", frames=PIECES[-1][1], sounds=[Sound()])


class Prepared:
    """A clip that has been indexed, and its segments, which have been made if they are to be `real`."""

    tried = False

    def __init__(self, clip: Path, folder: Path, real: bool) -> None:
        self.source, self.index = clip, folder / "index.npz"
        found, self.clip = index_of(clip), probe(clip)
        found.save(self.index)
        self.segments = {piece: folder / f"{piece[0]}.nut" for piece in PIECES}
        for piece, path in self.segments.items():
            if real:
                upscale_segment(prepare(clip, 2), load("bicubic", 2), found, *piece, path)
            else:
                path.write_bytes(b"segment %d to %d" % piece)

    def video(self, owner: User) -> Video:
        size = self.source.stat().st_size
        video = Video.objects.create(
            owner=owner, name="clip.mp4", size=size, offset=size, state="ready", facts=self.clip.to_json(), frames=12
        )
        video.folder.mkdir()
        shutil.copy(self.source, video.source)
        shutil.copy(self.index, video.index)
        video.poster.write_bytes(b"poster")
        return video

    def job(self, owner: User) -> Upscale:
        upscale = Upscale.objects.create(video=self.video(owner), model="bicubic", scale=2)
        assert upscale.plan(PIECES)
        return upscale

    def done_job(self, owner: User, **fields: Any) -> Upscale:
        """One whose result stands in its place."""
        content = b"a result"
        upscale = self.job(owner)
        upscale.segments.update(state="done")
        upscale.folder.mkdir()
        file = f"result-{upscale.pk}.mp4"
        (upscale.folder / file).write_bytes(content)
        checksum = hashlib.sha256(content).hexdigest()
        Upscale.objects.filter(pk=upscale.pk).update(
            state="done", file=file, sha256=checksum, container="mp4", finished=timezone.now(), **fields
        )
        upscale.refresh_from_db()
        return upscale

    def run(self, request: dict[str, Any], hold: object) -> dict[str, Any]:
        """In the place of the upscaling process: the segment as it was made before, and the stills."""
        shutil.copy(self.segments[request["start"], request["stop"]], request["output"])
        for still in request["stills"]:
            Path(still).write_bytes(b"still")
        return {"frames": request["stop"] - request["start"], "seconds": 0.1}


@pytest.fixture(scope="module")
def prepared(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return Prepared(clip, tmp_path_factory.mktemp("prepared"), real=False)


@pytest.fixture
def quick_work(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes one after the other instead of a join, and nothing looked at: the same changes to files and rows."""

    def join(source: Path, parts: Iterable[Path], assembly: object, output: Path, *rest: object) -> None:
        output.write_bytes(b"".join(part.read_bytes() for part in parts))

    monkeypatch.setattr(segments, "child", prepared)
    monkeypatch.setattr("duf.pipeline.join", join)
    monkeypatch.setattr("duf.pipeline.receipt", lambda *compared: Receipt(12, 0.48, 128, 96, "mp4", "h264"))


def time_passes() -> None:
    """Whoever was killed is not heard of for so long that the leases end; then comes the minute's sweep."""
    for model in (Video, Trial, Upscale, Segment):
        model.objects.exclude(lease=None).update(lease=LONG_AGO)
    sweep()


def sent_by(*rows: Work) -> Sent:
    """What the owners of these videos sent."""
    return {row.pk: row.source.read_bytes() for row in rows if isinstance(row, Video) and row.source.exists()}


class Case:
    """What a round of crashes works on: made anew for each."""

    def __init__(self, make_row: Callable[[], Any], step: int) -> None:
        self._make, self._step = make_row, step
        self.row: Any = None
        self.sent: Sent = {}

    def prepare(self) -> None:
        self.row = self._make()
        video = self.row.video if isinstance(self.row, Upscale) else self.row
        self.sent = sent_by(video)

    def crashes(self, action: Callable[[Any], object]) -> Iterator[int]:
        """After each crash and the sweep, all is well."""
        for number in every_crash(lambda: action(self.row), self.prepare, self._step):
            time_passes()
            assert troubles(self.sent) == [], f"after a crash before change {number}"
            yield number


def make_result(job: Upscale) -> None:
    """All the work there is, as the workers do it."""
    while Segment.objects.filter(upscale=job).exclude(state="done").exists():
        segments.work()
    assemble(job.pk)


def publish_with_crashes(prepared: Prepared, alice: User, step: int) -> int:
    """How many changes there were."""
    undisturbed = prepared.job(alice)
    make_result(undisturbed)
    undisturbed.refresh_from_db()
    assert undisturbed.state == "done", undisturbed.reason
    undisturbed.video.delete()
    case = Case(lambda: prepared.job(alice), step)
    for number in case.crashes(make_result):
        make_result(case.row)
        time_passes()
        case.row.refresh_from_db()
        assert case.row.state == "done", f"after a crash before change {number}: {case.row.reason}"
        assert troubles(case.sent, undisturbed.sha256) == [], f"after a crash before change {number}"
        jobs.remove_video(case.row.video)
    return number


@in_steps
def test_a_result_survives_every_crash_on_its_way(prepared: Prepared, alice: User, quick_work: None, step: int) -> None:
    assert publish_with_crashes(prepared, alice, step) > 30


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_result_that_is_really_joined_survives_every_crash_on_its_way(
    clip: Path, tmp_path: Path, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Prepared(clip, tmp_path, real=True)
    monkeypatch.setattr(segments, "child", really)
    assert publish_with_crashes(really, alice, step=1) > 30


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_check_of_an_upload_survives_every_crash(prepared: Prepared, alice: User) -> None:
    def arrived() -> Video:
        video = prepared.video(alice)
        Video.objects.filter(pk=video.pk).update(state="checking", facts=None, frames=None)
        video.index.unlink()
        video.poster.unlink()
        return video

    case = Case(arrived, step=1)
    for _ in case.crashes(lambda video: check()):
        check()
        case.row.refresh_from_db()
        assert case.row.state == "ready" and case.row.frames == 12 and len(case.row.sha256) == 64
        jobs.remove_video(case.row)


def test_an_upload_counts_no_byte_that_a_crash_takes(alice: User, clip: Path) -> None:
    content = clip.read_bytes()
    for number in every_crash(lambda: uploads.take(alice, SimpleUploadedFile("clip.mp4", content)), lambda: None):
        sent = {video.pk: content for video in Video.objects.all()}
        Video.objects.update(created=LONG_AGO)
        time_passes()
        assert troubles(sent) == [], f"after a crash before change {number}"
    assert number > 8
    assert Video.objects.filter(state="checking").exists()


@pytest.mark.parametrize(
    "action",
    [
        lambda job: jobs.remove_upscale(job),
        lambda job: jobs.remove_video(job.video),
        lambda job: jobs.remove_account(job.video.owner),
    ],
    ids=["a result", "a video", "an account"],
)
@pytest.mark.parametrize("state", ["done", "running"])
@in_steps
def test_what_is_deleted_is_gone_or_whole(
    prepared: Prepared, quick_work: None, state: str, action: Callable[[Upscale], object], step: int
) -> None:
    def owned() -> Upscale:
        User.objects.all().delete()
        owner = User.objects.create_user("alice@example.org")
        if state == "done":
            return prepared.done_job(owner)
        job = prepared.job(owner)
        segments.work()
        return job

    case = Case(owned, step)
    for number in case.crashes(action):
        action_again(case.row, action)
        assert troubles(case.sent) == [], f"after a crash before change {number}, and again"
    assert number > 5


def action_again(job: Upscale, action: Callable[[Upscale], object]) -> None:
    """As somebody does who still sees it."""
    if found := Upscale.objects.filter(pk=job.pk).first():
        action(found)
    assert not Upscale.objects.exists()


@in_steps
def test_a_cancelled_job_leaves_nothing(prepared: Prepared, alice: User, quick_work: None, step: int) -> None:
    def half_done() -> Upscale:
        job = prepared.job(alice)
        segments.work()
        return job

    case = Case(half_done, step)
    for _ in case.crashes(jobs.cancel):
        jobs.remove_video(case.row.video)


@in_steps
def test_a_result_that_expires_takes_what_is_left_of_its_video_along(
    prepared: Prepared, alice: User, settings: Settings, step: int
) -> None:
    settings.RESULT_DAYS = 30
    past = timezone.now() - timedelta(days=40)

    def overdue() -> Upscale:
        job = prepared.done_job(alice, expires=past)
        Upscale.objects.update(finished=past)
        Video.objects.update(original_removed=past)
        job.video.source.unlink()
        job.video.index.unlink()
        return job

    for _ in Case(overdue, step).crashes(lambda job: retention.remove_due()):
        assert not Video.objects.exists()


@in_steps
def test_an_original_that_expires_is_gone_or_whole(
    prepared: Prepared, alice: User, settings: Settings, step: int
) -> None:
    settings.ORIGINAL_DAYS = 30
    past = timezone.now() - timedelta(days=40)

    def overdue() -> Upscale:
        job = prepared.done_job(alice)
        Upscale.objects.update(finished=past)
        Video.objects.update(original_expires=past)
        return job

    case = Case(overdue, step)
    for _ in case.crashes(lambda job: retention.remove_due()):
        assert not case.row.video.source.exists() and case.row.result.exists()
        jobs.remove_video(case.row.video)


@in_steps
def test_a_sample_takes_the_frames_beside_it_along(prepared: Prepared, alice: User, step: int) -> None:
    def overdue() -> Upscale:
        Video.objects.all().delete()
        job = prepared.done_job(alice, sample=True, start=0, stop=12)
        Upscale.objects.update(finished=timezone.now() - 2 * samples.LIFE)
        job.video.stretch(0, 12).write_bytes(b"frames")
        return job

    case = Case(overdue, step)
    for _ in case.crashes(lambda job: samples.remove_old()):
        assert not Upscale.objects.exists()


@in_steps
def test_an_upload_that_expires_is_gone_or_whole(alice: User, step: int) -> None:
    def late() -> Video:
        video = uploads.announce(alice, "late.mp4", 10)
        Video.objects.update(expires=LONG_AGO)
        return video

    for _ in Case(late, step).crashes(lambda video: sweep()):
        assert not Video.objects.exists()
