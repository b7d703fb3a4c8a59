"""What every test of the ways in begins with: no limit has been used up."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import User


@pytest.fixture(autouse=True)
def no_limits_from_earlier_tests() -> None:
    cache.clear()


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def mail_is_set_up(settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
