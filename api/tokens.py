"""Making tokens, and finding the one that a program shows.

A token is `vsr_KEY_SECRET`. The key finds the row; of the secret only its SHA-256 is kept, which is enough for 256
random bits, and it is compared in constant time.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from api.models import Token

PREFIX = "vsr"


def make(owner: User, name: str, scopes: Iterable[str], life: timedelta) -> tuple[Token, str]:
    """A new token's row, and the token itself, which nobody can show again."""
    key, secret = secrets.token_hex(8), secrets.token_hex(32)
    token = Token.objects.create(
        owner=owner, name=name, key=key, digest=_digest(secret), scopes=list(scopes), expires=timezone.now() + life
    )
    return token, f"{PREFIX}_{key}_{secret}"


def find(shown: str) -> Token | None:
    """The row of the token that was shown, with its owner, if it holds now."""
    prefix, _, rest = shown.partition("_")
    key, _, secret = rest.partition("_")
    token = Token.objects.filter(key=key).select_related("owner").first() if key.isalnum() else None
    right = hmac.compare_digest(_digest(secret), token.digest if token else _digest(""))
    return token if token and right and prefix == PREFIX and _holds(token) else None


def still_holds(token: Token) -> bool:
    """Whether it holds after all this time: it may have been revoked, or its owner blocked."""
    current = Token.objects.filter(pk=token.pk).select_related("owner").first()
    return current is not None and _holds(current)


def _holds(token: Token) -> bool:
    return token.owner.is_active and not token.expired


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
