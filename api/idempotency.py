"""Requests that may be repeated: the same key asks for the same conversion, however often it comes.

A key stands for its conversion as long as that exists.
"""

import hashlib
from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from api.models import IdempotencyKey
from api.problems import Problem
from videos.models import Upscale


def once(owner: User, key: str | None, wanted: str, make: Callable[[], Upscale]) -> Upscale:
    """What `make` makes, or what it made when this key came first. Raises `Problem` if another thing is wanted now."""
    with transaction.atomic():
        if key is None:
            return make()
        row, new = IdempotencyKey.objects.select_related("upscale__video").get_or_create(
            owner=owner, digest=_digest(key), defaults={"request": _digest(wanted)}
        )
        if row.request != _digest(wanted):
            raise Problem(422, _("This Idempotency-Key came with another wish before; use a new key for a new wish."))
        if new:
            row.upscale = make()
            row.save(update_fields=["upscale"])
    assert row.upscale is not None
    return row.upscale


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
