"""Preparing the site: once however many do it together, and a sentence when the database is missing."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from tests.servers import postgresql, redis
from videos.management.commands import prepare
from vsrsite.paths import BASE_DIR

ADMINISTRATOR = {"ADMIN_EMAIL": "admin@example.org", "ADMIN_PASSWORD": "a long sentence of mine"}


@pytest.fixture
def fresh(tmp_path: Path) -> dict[str, str]:
    """The environment of a site that has nothing yet: SQLite and files."""
    home = {name: os.environ[name] for name in ("PATH", "HOME", "TF_CPP_MIN_LOG_LEVEL") if name in os.environ}
    return {**home, "VAR_DIR": str(tmp_path / "var")}


@pytest.fixture
def fresh_on_servers(fresh: dict[str, str]) -> Iterator[dict[str, str]]:
    with postgresql() as database, redis() as cache:
        yield {**fresh, "DATABASE_URL": database.url, "REDIS_URL": cache.url, "SECRET_KEY": "for the test only"}


def started(environment: dict[str, str], *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "manage.py", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True)


def manage(environment: dict[str, str], *words: str) -> tuple[int, str]:
    process = started(environment, *words)
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def prepare_at_once(*environments: dict[str, str]) -> None:
    processes = [started({**environment, **ADMINISTRATOR}, "prepare") for environment in environments]
    processes.append(started(environments[0], "prepare", "--wait"))
    said = [process.communicate(timeout=200)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), said
    assert "".join(said).count("Made the first administrator") == 1
    assert manage(environments[0], "migrate", "--check") == (0, "")


def test_many_who_prepare_one_folder_at_once_make_everything_once(fresh: dict[str, str]) -> None:
    prepare_at_once(fresh, fresh, fresh)
    assert [path.name for path in Path(fresh["VAR_DIR"]).glob("secret_key*")] == ["secret_key"]


@pytest.mark.long
def test_many_hosts_that_prepare_one_database_at_once_make_everything_once(
    fresh_on_servers: dict[str, str], tmp_path: Path
) -> None:
    prepare_at_once(*({**fresh_on_servers, "VAR_DIR": str(tmp_path / str(host))} for host in range(4)))


@pytest.mark.parametrize("option", ["", "?nonsense=1"])
def test_a_database_that_does_not_answer_is_named_with_its_cure(fresh: dict[str, str], option: str) -> None:
    away = {**fresh, "DATABASE_URL": f"postgresql://vsr:hidden-word@127.0.0.1:9/vsr{option}", "DATABASE_SECONDS": "0"}
    code, said = manage(away, "prepare")
    assert code and "DATABASE_URL: " in said and "start the database, or correct the address" in said
    assert "hidden-word" not in said and "Traceback" not in said


def test_a_redis_that_does_not_answer_is_named_with_its_cure(fresh: dict[str, str]) -> None:
    away = {**fresh, "REDIS_URL": "redis://:hidden-word@127.0.0.1:9/0", "DATABASE_SECONDS": "0"}
    code, said = manage(away, "prepare")
    assert code and "REDIS_URL: " in said and "start Redis, or correct the address" in said
    assert "hidden-word" not in said and "Traceback" not in said


def test_a_full_disk_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (OSError(errno.ENOSPC, "No space left on device"), OperationalError("database or disk is full")):
        monkeypatch.setattr(prepare.Command, "_prepare", Mock(side_effect=error))
        with pytest.raises(CommandError, match=r"The disk with VAR_DIR=.* is full; free some space"):
            call_command("prepare")


def test_no_role_begins_with_a_setting_that_is_refused(fresh: dict[str, str]) -> None:
    assert manage(fresh, "prepare")[0] == 0
    public = {**fresh, "DEBUG": "1", "SITE_URL": "https://vsr.example.org"}
    for words in (["prepare"], ["prepare", "--wait"]):
        code, said = manage(public, *words)
        assert code and said.startswith("CommandError: DEBUG is on") and "Set DEBUG=0" in said
        assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("S3_BUCKET", "vsr", "S3_KEY_ID is missing for S3. Set S3_KEY_ID and S3_SECRET as well"),
        ("MEDIA_DIR", "/proc/media", "MEDIA_DIR: /proc/media cannot be written"),
    ],
)
def test_what_is_wrong_is_one_sentence(fresh: dict[str, str], setting: str, value: str, told: str) -> None:
    code, said = manage({**fresh, setting: value}, "prepare")
    assert code and said.startswith(f"CommandError: {told}") and len(said.splitlines()) == 1


def test_it_is_told_how_to_make_the_first_administrator(fresh: dict[str, str]) -> None:
    said = manage({**fresh, "BIND": "0.0.0.0:9123"}, "prepare")[1]
    assert "make admin" in said and "Open http://127.0.0.1:9123/accounts/beginning/ and give the code " in said


def test_an_administrator_with_a_password_that_everybody_tries_is_refused(fresh: dict[str, str]) -> None:
    code, said = manage({**fresh, **ADMINISTRATOR, "ADMIN_PASSWORD": "password123"}, "prepare")
    assert code and "ADMIN_PASSWORD" in said and "too common" in said and "Traceback" not in said
