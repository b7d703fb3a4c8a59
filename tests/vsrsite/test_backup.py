"""A backup is of one moment though the site goes on, and comes back as it was into an empty place."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.conftest import JobMaker
from videos import jobs
from videos.models import Upscale, Video
from vsrsite import backup, snapshot

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "a key of fifty letters, which nobody else can guess"


@pytest.fixture
def job(alice: User, job_of: JobMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Upscale:
    """A site with a finished job, one in the middle, an upload that has half come, a key and an imported model."""
    done = job_of(alice, pieces=1, state="done", file="result.mp4", sha256="b" * 64)
    half = job_of(alice, pieces=2, state="running")
    half.segments.filter(number=0).update(state="done", file="segment-0.nut")
    upload = Video.objects.create(owner=alice, name="b.mp4", size=10, offset=4)
    upload.folder.mkdir()
    for path, content in {
        done.video.poster: "poster",
        done.folder / "result.mp4": "result",
        half.folder / "segment-0.nut": "segment",
        half.folder / "segment-1-of-now.nut": "nobody vouches for this",
        upload.source: "0123garbage",
        tmp_path / "key": KEY,
        tmp_path / "models" / "mine-x4.npz": "weights",
        **{row.video.source: f"source {row.pk}" for row in (done, half)},
        **{row.video.index: "index" for row in (done, half)},
    }.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    monkeypatch.setattr(backup, "KEY_FILE", tmp_path / "key")
    monkeypatch.setenv("VSR_MODELS", str(tmp_path / "models"))
    return done


def restored(folder: Path, place: Path) -> "subprocess.CompletedProcess[str]":
    """`manage.py restore` by a site that has nothing yet but its folder."""
    return _manage(place, "restore", str(folder))


def test_a_site_whose_key_comes_from_the_environment_needs_no_folder_before(job: Upscale, tmp_path: Path) -> None:
    backup.make(tmp_path / "backup", portable=False)
    done = _manage(tmp_path / "place", "restore", str(tmp_path / "backup"), SECRET_KEY=KEY)
    assert done.returncode == 0, done.stderr


def _manage(place: Path, *command: str, **more: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name not in {"SECRET_KEY", "VSR_MODELS"}}
    models = str(place / "models")
    settings = {"DJANGO_SETTINGS_MODULE": "vsrsite.settings", "VAR_DIR": str(place), "VSR_MODELS": models}
    arguments = [sys.executable, "manage.py", *command]
    return subprocess.run(arguments, env={**inherited, **settings, **more}, capture_output=True, text=True, check=False)


def contents(media: Path) -> dict[str, str]:
    return {str(path.relative_to(media)): path.read_text() for path in media.rglob("*") if path.is_file()}


def rows(dump: str) -> list[str]:
    return sorted(line for line in dump.splitlines() if line)


def all_rows(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    call_command("dumpdata", "accounts", "videos", "account", "django_q.schedule", format="jsonl")
    return rows(capsys.readouterr().out)


@pytest.mark.parametrize("options", [[], ["--portable"]])
def test_a_restored_site_equals_the_one_that_was_backed_up(
    job: Upscale, media_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    call_command("backup", str(tmp_path / "backup"), *options)
    assert "There is no" not in capsys.readouterr().err
    place = tmp_path / "place"
    done = restored(tmp_path / "backup", place)
    assert done.returncode == 0, done.stderr
    tables = ("accounts", "videos", "account", "django_q.schedule")
    after = rows(_manage(place, "dumpdata", *tables, "--format", "jsonl").stdout)
    assert len(after) > 8 and after == all_rows(capsys)
    before = contents(media_root)
    upload = Video.objects.get(state="uploading")
    unvouched = [name for name in before if name.endswith("segment-1-of-now.nut")]
    expected = {name: text for name, text in before.items() if name not in unvouched} | {f"{upload.pk}/source": "0123"}
    assert contents(place / "media") == expected
    assert (place / "secret_key").read_text() == KEY and (place / "models" / "mine-x4.npz").read_text() == "weights"


def test_a_backup_costs_no_room_and_only_its_owner_reads_it(job: Upscale, tmp_path: Path) -> None:
    backup.make(tmp_path / "backup", portable=False)
    copy = tmp_path / "backup" / "media" / str(job.video_id) / "source"
    assert copy.stat().st_ino == job.video.source.stat().st_ino
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == [
        "database.sqlite3",
        "manifest.json",
        "media",
        "models",
        "secret_key",
    ]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let something happen just before, and something just after, the rows are read for the first time."""

    def happen(before: Callable[[], object] = bool, after: Callable[[], object] = bool) -> None:
        real, events = snapshot.taken, [before, after]

        @contextmanager
        def taken(folder: Path, portable: bool) -> Iterator[str]:
            if events:
                events.pop(0)()
            with real(folder, portable) as alias:
                if events:
                    events.pop(0)()
                yield alias

        monkeypatch.setattr(snapshot, "taken", taken)

    return happen


def test_what_is_deleted_while_the_rows_are_read_is_in_the_backup(
    job: Upscale, tmp_path: Path, meanwhile: Callable[..., None]
) -> None:
    meanwhile(after=lambda: jobs.remove_video(job.video))
    _, lost = backup.make(tmp_path / "backup", portable=False)
    media = tmp_path / "backup" / "media" / str(job.video_id)
    assert lost == [] and (media / "source").exists() and (media / str(job.pk) / "result.mp4").exists()


def test_what_was_deleted_before_the_rows_are_read_is_not(
    job: Upscale, tmp_path: Path, meanwhile: Callable[..., None]
) -> None:
    name = str(job.video_id)
    meanwhile(before=lambda: jobs.remove_video(job.video))
    manifest, lost = backup.make(tmp_path / "backup", portable=False)
    assert lost == [] and not [path for path in manifest.files if name in path]


def test_what_is_finished_and_gone_again_in_between_makes_it_look_once_more(
    job: Upscale, tmp_path: Path, meanwhile: Callable[..., None]
) -> None:
    def finish() -> None:
        job.video.source.unlink()  # as if it had come after the files were linked
        (tmp_path / "backup.partial" / "media" / str(job.video_id) / "source").unlink()

    meanwhile(before=finish, after=lambda: jobs.remove_video(job.video))
    manifest, lost = backup.make(tmp_path / "backup", portable=False)
    assert lost == [] and not [path for path in manifest.files if str(job.video_id) in path]


def test_an_upload_that_is_given_up_while_the_rows_are_read_is_in_the_backup_as_far_as_it_had_come(
    job: Upscale, tmp_path: Path, meanwhile: Callable[..., None]
) -> None:
    upload = Video.objects.get(state="uploading")
    taken = tmp_path / "backup" / "media" / str(upload.pk)
    meanwhile(after=lambda: jobs.remove_video(upload))
    backup.make(tmp_path / "backup", portable=False)
    assert [(path.name, path.read_text()) for path in taken.iterdir()] == [("source", "0123")]


def test_an_upload_that_ends_before_the_rows_are_read_is_whole(
    job: Upscale, tmp_path: Path, meanwhile: Callable[..., None]
) -> None:
    upload = Video.objects.get(state="uploading")
    name = f"media/{upload.pk}/source"

    def end() -> None:
        upload.source.write_text("0123456789")
        Video.objects.filter(pk=upload.pk).update(state="checking", offset=10)

    meanwhile(before=end, after=lambda: jobs.remove_video(upload))
    manifest, lost = backup.make(tmp_path / "backup", portable=False)
    assert lost == [] and manifest.files[name][0] == 10


def test_a_site_that_removes_everything_at_once_gets_no_backup_and_a_reason(
    job: Upscale, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "TRIES", 0)
    with pytest.raises(CommandError, match="There is no backup: the site removes files faster"):
        call_command("backup", str(tmp_path / "backup"))
    assert not (tmp_path / "backup").exists()


def test_names_that_lead_out_of_the_backup_are_refused(job: Upscale, tmp_path: Path) -> None:
    backup.make(tmp_path / "backup", portable=False)
    manifest = tmp_path / "backup" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("media/", "media/../../"))
    with pytest.raises(backup.BackupError, match="would lie outside"):
        backup.read(tmp_path / "backup")


def test_a_file_that_the_site_has_lost_is_told(
    job: Upscale, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job.video.source.unlink()
    call_command("backup", str(tmp_path / "backup"))
    assert f"The site has lost {job.video.source}" in capsys.readouterr().err
    assert (tmp_path / "backup" / "database.sqlite3").exists()


def test_nothing_is_overwritten(job: Upscale, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(CommandError, match="name a folder that is not there yet"):
        call_command("backup", str(tmp_path / "backup"))
    backup.make(tmp_path / "other", portable=False)
    with pytest.raises(CommandError, match="is not empty"):
        call_command("restore", str(tmp_path / "other"))


def test_people_in_the_database_are_not_overwritten(job: Upscale, media_root: Path, tmp_path: Path) -> None:
    backup.make(tmp_path / "backup", portable=False)
    media_root.rename(tmp_path / "away")
    with pytest.raises(CommandError, match="has people in it"):
        call_command("restore", str(tmp_path / "backup"))


def test_a_damaged_or_incomplete_backup_is_refused_before_anything_is_written(job: Upscale, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    backup.make(folder, portable=False)
    index = folder / "media" / str(job.video_id) / "index.npz"
    index.unlink()
    index.write_text("indeX")
    done = restored(folder, tmp_path / "place")
    assert done.returncode == 1 and "index.npz is missing or not what it was" in done.stderr
    assert not (tmp_path / "place" / "media").exists()
    with pytest.raises(backup.BackupError, match="is not a backup"):
        backup.read(tmp_path)


def test_a_backup_of_a_later_version_is_refused(job: Upscale, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = snapshot.migrations()
    monkeypatch.setattr(snapshot, "migrations", lambda: [*known, "videos.9999_from_the_future"])
    backup.make(tmp_path / "backup", portable=False)
    done = restored(tmp_path / "backup", tmp_path / "place")
    assert done.returncode == 1 and "a later version (it has videos.9999_from_the_future)" in done.stderr


def test_rows_of_an_earlier_version_are_refused_and_its_database_is_not(
    job: Upscale, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = snapshot.migrations()
    monkeypatch.setattr(snapshot, "migrations", lambda: known[1:])
    for name, portable in (("rows", True), ("copy", False)):
        backup.make(tmp_path / name, portable)
    assert "of an earlier version" in restored(tmp_path / "rows", tmp_path / "place").stderr
    assert restored(tmp_path / "copy", tmp_path / "place").returncode == 0
