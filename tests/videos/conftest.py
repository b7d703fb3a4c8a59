"""What the tests share that start the site's processes."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django_q.brokers import get_broker
from pytest_django import Settings

from tests.environment import VAR_DIR
from tests.videos.bucket import Bucket
from tests.videos.site import LEASE_SECONDS
from videos import queue, s3
from videos.work import leases, segments
from videos.work.child import Child


@pytest.fixture(autouse=True)
def no_beats_within_a_transaction(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread keeps the lease, and its session cannot see rows that the test has not committed: PostgreSQL says that
    they are gone, and work that takes as long as a beat would be lost."""
    mark = request.node.get_closest_marker("django_db")
    commits = {"live_server", "transactional_db"} & set(request.fixturenames)
    if not commits and not (mark and mark.kwargs.get("transaction")):
        monkeypatch.setattr(leases, "BEAT_SECONDS", 3600)


@pytest.fixture(autouse=True)
def no_calls_of_other_tests(settings: Settings) -> None:
    """Those in the database go with its rows; Redis would keep them."""
    if settings.REDIS_URL:
        for cluster in (queue.LIGHT, queue.HEAVY):
            get_broker(cluster).purge_queue()


@pytest.fixture
def shared_media(media_root: Path, settings: Settings) -> Iterator[Path]:
    """The media folder and the lease of the processes that `tests.videos.site` starts."""
    settings.MEDIA_ROOT = VAR_DIR / "media"
    settings.LEASE = timedelta(seconds=LEASE_SECONDS)
    yield settings.MEDIA_ROOT
    for folder in settings.MEDIA_ROOT.iterdir():
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def warm_child() -> Iterator[Child]:
    child = Child()
    yield child
    child.stop()


@pytest.fixture
def child(warm_child: Child, monkeypatch: pytest.MonkeyPatch) -> Child:
    """The process that does the heavy part, kept warm from test to test."""
    monkeypatch.setattr(segments, "child", warm_child)
    return warm_child


@pytest.fixture
def bucket(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The site keeps its files in it."""
    made = Bucket()
    monkeypatch.setattr(s3, "client", lambda: made)
    settings.S3_BUCKET, settings.S3_PREFIX, settings.X_ACCEL_PREFIX = "vsr", "site/", ""
    return made
