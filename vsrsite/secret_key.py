"""The secret key: from the environment, or made once and kept on disk."""

import os
import secrets
from contextlib import suppress

from django.core.exceptions import ImproperlyConfigured

from vsrsite import env
from vsrsite.guessable import guessable
from vsrsite.paths import VAR_DIR

KEY_FILE = VAR_DIR / "secret_key"
MAKE = "python manage.py prepare"


def secret_key() -> str:
    """The key from SECRET_KEY, SECRET_KEY_FILE or var/secret_key; never a default."""
    key = _found()
    if not key:
        raise ImproperlyConfigured(f"There is no secret key: set SECRET_KEY, or run `{MAKE}` to make {KEY_FILE}.")
    if guessable(key):
        raise ImproperlyConfigured("SECRET_KEY is one that is guessed first; use fifty random characters.")
    return key


def ensure() -> None:
    """Make a key that only its owner can read, if there is none at all."""
    if _found():
        return
    own = KEY_FILE.with_name(f"{KEY_FILE.name}-{secrets.token_hex(8)}")
    try:
        KEY_FILE.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            os.link(own, KEY_FILE)  # several may make one at once: the first counts for all
        own.unlink()
    except OSError as error:
        raise ImproperlyConfigured(f"{error}: give VAR_DIR={VAR_DIR} to the user who runs the site.") from error


def _found() -> str:
    key = env.text("SECRET_KEY")
    if not key and KEY_FILE.exists():
        key = KEY_FILE.read_text(encoding="ascii").strip()
    return key
