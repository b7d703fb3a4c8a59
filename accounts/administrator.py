"""The first administrator of a new site: made in the browser by whoever can read the site's log.

The code for it is no row and no file. Every process of the site finds the same one from the secret key, in whichever
container it runs, and it opens nothing once there is an administrator.
"""

import base64

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from vsrsite.locks import one_at_a_time

BYTES = 10  # of the code, which has sixteen letters


def exists() -> bool:
    return User.objects.filter(is_superuser=True).exists()


def code() -> str:
    """Four groups of four letters and digits."""
    digest = salted_hmac("accounts.administrator", "code", algorithm="sha256").digest()
    letters = base64.b32encode(digest[:BYTES]).decode()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def is_code(typed: str) -> bool:
    """Whether this is it, with or without the lines between and in small letters too."""
    return constant_time_compare(_plain(typed), _plain(code()))


def address() -> str:
    """Of the page that asks for the code."""
    return str(settings.SITE_URL + reverse("accounts:beginning"))


def make(email: str, password: str) -> User | None:
    """The first one; None if somebody else was quicker."""
    with one_at_a_time(), transaction.atomic():
        return None if exists() else User.objects.create_superuser(email, password)


def _plain(typed: str) -> str:
    return "".join(letter for letter in typed.upper() if letter.isalnum())
