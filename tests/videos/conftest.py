"""What the tests share that start the site's processes."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.environment import VAR_DIR
from tests.videos.site import LEASE_SECONDS


@pytest.fixture
def shared_media(media_root: Path, settings: Settings) -> Iterator[Path]:
    """The media folder and the lease of the processes that `tests.videos.site` starts."""
    settings.MEDIA_ROOT = VAR_DIR / "media"
    settings.LEASE = timedelta(seconds=LEASE_SECONDS)
    yield settings.MEDIA_ROOT
    for folder in settings.MEDIA_ROOT.iterdir():
        shutil.rmtree(folder)
