"""The doctor finds what is broken, names it, and says how to mend it."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from duf import weights
from videos import storage
from videos.disk import Disk
from vsrsite import databases, doctor
from vsrsite.doctor import examine


@pytest.fixture(autouse=True)
def healthy(admin: User, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site that lacks nothing; its folder."""
    settings.SECRET_KEY = "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnop"
    settings.EMAIL_URL, settings.STATIC_ROOT = "console:", tmp_path / "static"
    monkeypatch.setattr(doctor, "VAR_DIR", tmp_path)
    monkeypatch.setattr(doctor, "version_of_kernel", lambda: 7)
    monkeypatch.setenv("VSR_MODELS", str(tmp_path / "models"))
    for folder in ("static", "cache", "models"):
        (tmp_path / folder).mkdir()
    (tmp_path / "static" / "staticfiles.json").touch()
    Schedule.objects.update(next_run=timezone.now())
    return tmp_path


def found() -> dict[str, str]:
    """What is wrong, by what was looked at."""
    return {name: " ".join(f"{one.what} {one.cure}" for one in findings) for name, findings in examine() if findings}


def test_a_healthy_site_has_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert found() == {}
    call_command("doctor")
    assert capsys.readouterr().out.splitlines() == [f"ok     {name}" for name in doctor.LOOKS]


def test_what_is_serious_ends_with_an_exit_code_and_what_is_not_does_not(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_URL = ""
    call_command("doctor")
    assert "note   mail: No mail is sent.\n       Set EMAIL_URL" in capsys.readouterr().out
    User.objects.all().delete()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
    assert "WRONG  people: There is no administrator.\n       Run `make admin`" in capsys.readouterr().out


def test_folders_and_static_files(healthy: Path, settings: Settings) -> None:
    shutil.rmtree(settings.MEDIA_ROOT)
    (healthy / "static" / "staticfiles.json").unlink()
    told = found()
    assert f"There is no folder {settings.MEDIA_ROOT}" in told["folders"] and "styles" in told["folders"]
    assert "disk" in told  # it cannot be looked at, and the others still are


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *args: False)
    assert "cannot be written. Give it to the user" in found()["folders"]


def test_settings_and_a_weak_key(settings: Settings) -> None:
    settings.DEFAULT_MODEL, settings.SECRET_KEY = "dream", "secret"
    told = found()
    assert "no model 'dream'" in told["settings"] and "stream" in told["settings"]
    assert "easy to guess" in told["secret key"]


def test_a_disk_that_is_full_or_almost(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DISK_RESERVE_BYTES = 1000
    monkeypatch.setattr(storage, "spare_bytes", lambda: 999)
    assert "almost full" in found()["disk"]
    monkeypatch.setattr(storage, "spare_bytes", lambda: 0)
    assert "DISK_RESERVE_BYTES, so all work waits. Free some space" in found()["disk"]


def test_weights_that_are_missing_or_damaged(healthy: Path) -> None:
    stored = healthy / "models"
    for file in weights.SHIPPED.glob("stream-x4*"):
        shutil.copy(file, stored / file.name)
        shutil.copy(file, stored / file.name.replace("stream-x4", "other"))
    assert found() == {}
    (stored / "stream-x4.npz").unlink()
    told = found()["weights"]
    assert "stream-x4.npz cannot be read" in told and "git checkout" in told
    whole = bytearray((stored / "other.npz").read_bytes())
    whole[-1] ^= 255
    (stored / "other.npz").write_bytes(whole)
    assert "other.npz is not the one its card describes" in found()["weights"]


def test_a_kernel_without_landlock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version_of_kernel", lambda: 0)
    assert "There is no Landlock here" in found()["confinement"] and "SECURITY.md" in found()["confinement"]


def test_tables_that_are_newer_or_older_than_the_code() -> None:
    MigrationRecorder(connection).record_applied("videos", "9999_from_the_future")
    assert "newer than this code: it has videos.9999" in found()["database"]
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("videos", "9999_from_the_future")
    recorder.record_unapplied("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more")
    assert "older than the code" in found()["database"] and "manage.py prepare" in found()["database"]


def test_servers_that_do_not_answer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.CACHES = {"default": databases.cache(settings.REDIS_URL)}
    assert "REDIS_URL: " in found()["cache"] and "Start Redis, or correct the address." in found()["cache"]

    def refuse() -> None:
        raise OperationalError("connection refused\nIs the server running?")

    with monkeypatch.context() as away:
        away.setattr(connection, "ensure_connection", refuse)
        told = found()["database"]
    assert told == "DATABASE_URL: connection refused. Start the database, or correct the address."


def test_a_mail_server_that_does_not_answer(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert "The mail server cannot be used" in found()["mail"] and "EMAIL_URL" in found()["mail"]


def test_a_queue_that_stands_still() -> None:
    Schedule.objects.update(next_run=timezone.now() - timedelta(hours=1))
    assert "manage.py cluster light" in found()["queue"]


def test_an_address_without_tls_at_which_nobody_answers(settings: Settings) -> None:
    settings.SITE_URL, settings.SECURE = "http://vsr.invalid", False
    told = found()["address"]
    assert "travel openly" in told and "does not answer" in told


def test_an_address_at_which_the_site_or_somebody_else_answers(
    settings: Settings, live_server: LiveServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LOCAL", set())
    settings.SITE_URL, settings.SECURE = live_server.url, True
    assert "address" not in found()
    settings.SITE_URL += "/accounts/login/?"
    assert "Something else answers" in found()["address"]


def test_a_bucket_that_cannot_be_used_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "S3_BUCKET: there is no bucket 'vsr'; make it, or correct the name."
    monkeypatch.setattr(Disk, "trouble", lambda disk: said)
    assert found()["bucket"] == "S3_BUCKET: there is no bucket 'vsr'. Make it, or correct the name."
