"""The people of the tests: alice owns things, bob owns others, charlie is a stranger, admin looks after the site.

Their jobs are rows with segments, without a byte of real video.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django_q.models import OrmQ
from pytest_django import Settings

from accounts.models import User
from tests.processes import hurried
from videos.models import Segment, Upscale, Video

JobMaker = Callable[..., Upscale]

FACTS = {"notes": [], "video": {"width": 64, "height": 48}}


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix() -> None:
    """Tests that run side by side have folders of their own; in each the database keeps its name."""


@pytest.fixture
def hurry() -> Iterator[None]:
    """For a test that waits until the site's programs have done something, on a machine where others compute."""
    with hurried():
        yield


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.org", "alice's password")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.org", "bob's password")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.org", "charlie's password")


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("admin@example.org", "admin's password")


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
