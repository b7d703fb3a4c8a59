"""The secret key on disk: `python -m vsrsite.secret_key` makes it once, before settings can be loaded."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from vsrsite import env
from vsrsite.paths import VAR_DIR

KEY_FILE = VAR_DIR / "secret_key"


def secret_key() -> str:
    """The key from SECRET_KEY, SECRET_KEY_FILE or var/secret_key; never a default."""
    key = env.text("SECRET_KEY")
    if not key and KEY_FILE.exists():
        key = KEY_FILE.read_text(encoding="ascii").strip()
    if not key:
        raise ImproperlyConfigured(
            f"There is no secret key: set SECRET_KEY, or run `python -m vsrsite.secret_key` to make {KEY_FILE}."
        )
    return key


def make(path: Path) -> None:
    """Write a new key that only its owner can read; an existing key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(50))


if __name__ == "__main__":
    make(KEY_FILE)
