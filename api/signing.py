"""Signatures of webhooks as Standard Webhooks has them (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import secrets

from accounts.models import User
from api.models import SigningSecret

PREFIX = "whsec_"
LENGTH = 32  # bytes


def secret_of(user: User) -> str:
    """What this person's receivers check signatures with; made when it is first needed."""
    row, _new = SigningSecret.objects.get_or_create(owner=user, defaults={"secret": secrets.token_bytes(LENGTH)})
    return PREFIX + base64.b64encode(row.secret).decode()


def renew(user: User) -> None:
    """From now on another secret."""
    SigningSecret.objects.update_or_create(owner=user, defaults={"secret": secrets.token_bytes(LENGTH)})


def headers(secret: str, message: str, timestamp: int, body: bytes) -> dict[bytes | str, bytes | str]:
    """What goes with the body of a message: its id, when it is sent, and the proof of both."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {"webhook-id": message, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
