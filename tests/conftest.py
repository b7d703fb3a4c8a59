"""The people of the tests: alice owns things, bob owns others, charlie is a stranger, admin looks after the site."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User


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
