"""The examples in docs/api.md do what it says they do."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from api import signing, tokens
from api.models import Scope
from tests.vsr.conftest import work
from videos.models import Upscale
from vsrsite.paths import BASE_DIR

EXAMPLES = re.findall(r"```(\w+)\n(.*?)```", (BASE_DIR / "docs" / "api.md").read_text(), re.DOTALL)
CLIENT, CURL = (text for language, text in EXAMPLES if language == "sh")
PYTHON, RECEIVER = (text for language, text in EXAMPLES if language == "python")


@pytest.fixture
def workers(live_server: LiveServer) -> Iterator[None]:
    """The work is done while the examples wait."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.1):
            work()
        connection.close()

    thread = threading.Thread(target=go_on)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def environment(alice: User, live_server: LiveServer, tmp_path: Path, settings: Settings) -> dict[str, str]:
    """A shell of alice's in a folder with a film; `vsr` is there as if it were installed."""
    settings.SITE_URL = live_server.url
    token = tokens.make(alice, "example", list(Scope), timedelta(days=1))[1]
    (tmp_path / "holiday.mp4").write_bytes(b"film")
    (tmp_path / "vsr").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vsr "$@"\n')
    (tmp_path / "vsr").chmod(0o755)
    return {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(BASE_DIR),
        "HOME": str(tmp_path),
        "VSR_URL": live_server.url,
        "VSR_TOKEN": token,
    }


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_the_client_s_commands_bring_the_results(workers: None, environment: dict[str, str], tmp_path: Path) -> None:
    said = run(["sh", "-e", "-c", CLIENT], tmp_path, environment)
    assert (tmp_path / "results" / "holiday x2.mp4").read_bytes() == b"filmfilm"
    assert "holiday x2.mp4" in said and "bicubic" in said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", [["sh", "-e", "-c", CURL], [sys.executable, "-c", PYTHON]], ids=["curl", "python"])
def test_an_example_brings_the_result(
    workers: None, environment: dict[str, str], tmp_path: Path, command: list[str]
) -> None:
    run(command, tmp_path, environment)
    assert (tmp_path / "result.mp4").read_bytes() == b"filmfilm"
    assert Upscale.objects.get().scale == 2


def test_the_receiver_takes_our_messages_alone(alice: User) -> None:
    names: dict[str, object] = {}
    exec(RECEIVER, names)
    is_ours = names["is_ours"]
    secret, body, now = signing.secret_of(alice), b'{"type":"upscale.done"}', int(time.time())
    headers = signing.headers(secret, "id", now, body)
    assert is_ours(secret, headers, body)
    assert not is_ours(secret, headers, body + b" ")
    assert not is_ours(secret, signing.headers(secret, "id", now - 3600, body), body)
    signing.renew(alice)
    assert not is_ours(signing.secret_of(alice), headers, body)
