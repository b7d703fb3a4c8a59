"""Rows for the tests of the work: a checked video and a job with segments, without a byte of real video."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django_q.models import OrmQ
from pytest_django import Settings

from accounts.models import User
from tests.environment import VAR_DIR
from tests.videos.site import LEASE_SECONDS
from videos.models import Segment, Upscale, Video

JobMaker = Callable[..., Upscale]

FACTS = {"notes": [], "video": {"width": 64, "height": 48}}


@pytest.fixture
def job_of(db: None) -> JobMaker:
    """Make a job of a person: `pieces` segments of ten frames each; 0 for one that is not planned."""

    def make(owner: User, pieces: int = 2, **fields: object) -> Upscale:
        video = Video.objects.create(
            owner=owner, name="clip.mp4", size=1000, state=Video.State.READY, facts=FACTS, frames=10 * pieces
        )
        video.folder.mkdir()
        values = {"model": "bicubic", "scale": 2, "frames": 10 * pieces, **fields}
        upscale = Upscale.objects.create(video=video, **values)
        Segment.objects.bulk_create(
            Segment(upscale=upscale, number=n, start=10 * n, stop=10 * n + 10) for n in range(pieces)
        )
        return upscale

    return make


@pytest.fixture
def calls(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the tasks that were called, in order; nothing is run."""
    made: list[str] = []
    monkeypatch.setattr("videos.queue.async_task", lambda task, *row, **how: made.append(task.rpartition(".")[2]))
    yield made
    OrmQ.objects.all().delete()


@pytest.fixture
def shared_media(media_root: Path, settings: Settings) -> Iterator[Path]:
    """The media folder and the lease of the processes that `tests.videos.site` starts."""
    settings.MEDIA_ROOT = VAR_DIR / "media"
    settings.LEASE = timedelta(seconds=LEASE_SECONDS)
    yield settings.MEDIA_ROOT
    for folder in settings.MEDIA_ROOT.iterdir():
        shutil.rmtree(folder)
