"""The client in this process against a live site, whose work is done whenever the client waits."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from api import tokens
from api.models import Scope
from tests.conftest import FACTS
from videos.models import Upscale, Video
from vsr.__main__ import main


def work() -> None:
    """One step of everything that is going on."""
    for upscale in Upscale.objects.filter(state="running"):
        finish(upscale)
    Upscale.objects.filter(state="queued").update(state="running")
    for video in Video.objects.filter(state="checking"):
        broken = video.source.read_bytes().startswith(b"broken")
        found = (
            {"state": "refused", "reason": "This is no video; choose another file."} if broken else {"state": "ready"}
        )
        Video.objects.filter(pk=video.pk).update(facts=FACTS, frames=10, **found)


def finish(upscale: Upscale) -> None:
    result = upscale.video.source.read_bytes() * 2
    upscale.folder.mkdir(exist_ok=True)
    (upscale.folder / "result.mp4").write_bytes(result)
    sha256 = hashlib.sha256(result).hexdigest()
    Upscale.objects.filter(pk=upscale.pk).update(
        state="done", file="result.mp4", container="mp4", size=len(result), sha256=sha256
    )


class Terminal:
    """Runs commands and keeps what they said."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured
        self.said = ""
        self.out = ""

    def run(self, *arguments: object) -> int:
        code = main([str(argument) for argument in arguments])
        self.out, self.said = self._captured.readouterr()
        return code

    def json(self, *arguments: object) -> Any:
        self.run(*arguments, "--json")
        return json.loads(self.out)


@pytest.fixture
def terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, live_server: LiveServer
) -> Terminal:
    """A terminal of somebody who has never used the client."""
    cache.clear()
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setattr("vsr.upscaling.sleep", lambda seconds: work())
    monkeypatch.setattr("vsr.uploads.sleep", lambda seconds: None)
    monkeypatch.setattr("vsr.site.PATIENCE", 0)
    return Terminal(capsys)


@pytest.fixture
def alice_s(terminal: Terminal, alice: User, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal of alice's, signed in."""
    monkeypatch.setenv("VSR_URL", live_server.url)
    monkeypatch.setenv("VSR_TOKEN", tokens.make(alice, "terminal", list(Scope), timedelta(days=1))[1])
    return terminal


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., Path]:
    """Make a file; the content is what counts here."""

    def make(name: str = "film.mp4", content: bytes = b"0123456789") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make
