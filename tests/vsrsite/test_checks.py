"""What is refused before the site starts, with the setting's name and the cure."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from duf import weights
from vsrsite.checks import bucket_is_settled, database_is_not_newer, debug_stays_at_home, shipped_weights


def test_a_missing_or_damaged_weight_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shipped_weights() == []
    for file in weights.SHIPPED.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(weights, "SHIPPED", tmp_path)
    (tmp_path / "stream-x2.npz").unlink()
    (tmp_path / "stream-x4.npz").write_text("version https://git-lfs")
    missing, damaged = (error.msg for error in shipped_weights())
    assert "stream-x2.npz cannot be read" in missing and "stream-x4.npz is not the one its card" in damaged


def test_debug_on_a_public_host_is_an_error(settings: Settings) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["localhost", "127.0.0.1"]
    assert debug_stays_at_home() == []
    settings.ALLOWED_HOSTS.append("vsr.example.org")
    assert "DEBUG=0" in str(debug_stays_at_home()[0].hint)


def test_a_database_of_a_later_version_is_an_error(db: None) -> None:
    assert database_is_not_newer(databases=["default"]) == []
    recorder = MigrationRecorder(connection)
    recorder.record_applied("videos", "9999_from_the_future")
    recorder.record_applied("removed_app", "0001_initial")
    found = database_is_not_newer(databases=["default"])
    assert [error.msg for error in found] == [
        "The database is newer than this code: it has videos.9999_from_the_future."
    ]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SITE_URL": "vsr.example.org"}, "SITE_URL='vsr.example.org' is not an address"),
        ({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE='/nowhere' cannot be read"),
        ({"VAR_DIR": "/proc/vsr"}, "VAR_DIR=/proc/vsr"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_sentence(environment: dict[str, str], said: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    settings = {**inherited, "DJANGO_SETTINGS_MODULE": "vsrsite.settings", **environment}
    command = [sys.executable, "manage.py", "prepare"]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


def test_nothing_starts_on_a_database_of_a_later_version(tmp_path: Path) -> None:
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "vsrsite.settings", "VAR_DIR": str(tmp_path)}
    future = "from django.db import connection as c; from django.db.migrations.recorder import MigrationRecorder as R;"
    future += "R(c).ensure_schema(); R(c).record_applied('videos', '9999_from_the_future')"
    subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", future], env=settings, check=True)
    for command in (["prepare"], ["cluster", "heavy"]):
        start = [sys.executable, "manage.py", *command]
        done = subprocess.run(start, env=settings, capture_output=True, text=True, check=False)
        assert done.returncode == 1 and "9999_from_the_future" in done.stderr and "restore a backup" in done.stderr


def test_workers_wait_for_tables_that_are_not_there_yet(tmp_path: Path) -> None:
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "vsrsite.settings", "VAR_DIR": str(tmp_path)}
    start = [sys.executable, "manage.py", "cluster", "heavy"]
    with subprocess.Popen(start, env=settings, stderr=subprocess.PIPE, text=True) as workers:
        assert workers.stderr and workers.stderr.readline().startswith("Waiting for the tables: `manage.py prepare`")
        workers.terminate()
        assert workers.wait(10) == -signal.SIGTERM


def test_a_bucket_without_its_key_or_a_key_without_its_bucket_is_an_error(settings: Settings) -> None:
    assert bucket_is_settled() == []
    settings.S3_BUCKET, settings.S3_KEY_ID = "vsr", "key"
    (error,) = bucket_is_settled()
    assert error.msg == "S3_SECRET is missing for S3." and "Set S3_SECRET as well" in str(error.hint)
    settings.S3_SECRET = "secret"
    assert bucket_is_settled() == []
    settings.S3_BUCKET = ""
    assert bucket_is_settled()[0].msg == "S3_BUCKET is missing for S3."
