"""Programs of alice and of others, and a checked video of hers with a finished conversion."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from api import tokens
from api.models import Scope
from duf.media.facts import Clip, VideoFacts
from duf.media.frames import Index
from videos.models import Upscale, Video

FRAMES = 312
CLIP = Clip(
    "mov",
    12.5,
    VideoFacts(0, "h264", 64, 48, "yuv420p", "yuv420p", (1, 25)),
    notes=["The timecode track is not kept."],
)
INDEX = Index(np.arange(FRAMES), np.ones(FRAMES, int), np.zeros(FRAMES, np.uint32), np.arange(FRAMES) == 0)

TokenMaker = Callable[..., str]


@pytest.fixture(autouse=True)
def no_counts_from_earlier_tests() -> None:
    cache.clear()


@pytest.fixture
def token_of(db: None) -> TokenMaker:
    """Make a token of a person, with all scopes unless some are named."""

    def make(owner: User, *scopes: str, days: int = 1) -> str:
        return tokens.make(owner, "script", scopes or list(Scope), timedelta(days=days))[1]

    return make


class Program:
    """A client of the API that signs in with a token."""

    def __init__(self, token: str) -> None:
        self.headers = {"Authorization": f"Bearer {token}"}
        self._client = Client(enforce_csrf_checks=True)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(self._client, method)(f"/api/v1{path}", headers=named, **sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("get", path, **headers)


@pytest.fixture
def program(alice: User, token_of: TokenMaker) -> Program:
    return Program(token_of(alice))


@pytest.fixture
def stranger(charlie: User, token_of: TokenMaker) -> Program:
    return Program(token_of(charlie))


@pytest.fixture
def video(alice: User) -> Video:
    video = Video.objects.create(
        owner=alice,
        name="holiday.mp4",
        size=4,
        offset=4,
        state="ready",
        facts=CLIP.to_json(),
        frames=FRAMES,
        sha256="c" * 64,
    )
    video.folder.mkdir()
    video.source.write_bytes(b"film")
    INDEX.save(video.index)
    return video


@pytest.fixture
def done(video: Video) -> Upscale:
    upscale = Upscale.objects.create(
        video=video, model="bicubic", scale=2, state="done", file="result.mp4", container="mp4", size=6, frames=312
    )
    upscale.folder.mkdir()
    (upscale.folder / "result.mp4").write_bytes(b"result")
    return upscale
