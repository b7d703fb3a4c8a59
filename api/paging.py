"""Long lists in pages: a cursor says after which row to go on, so rows that come or go meanwhile move nothing."""

import base64
import binascii
import uuid
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Field, Schema

from api.problems import Problem
from videos.models import Upscale, Video

Row = TypeVar("Row", Video, Upscale)

PER_PAGE = 50
MOST_PER_PAGE = 200


class Paging(Schema):
    """Which page of a list."""

    cursor: str | None = Field(None, description="The member next of the page before; leave it out for the first page.")
    limit: int = Field(PER_PAGE, ge=1, le=MOST_PER_PAGE, description="How many at most.")


def page_of(rows: QuerySet[Row], paging: Paging) -> tuple[list[Row], str | None]:
    """The rows of this page, the newest first, and the cursor of the next if there is one."""
    if paging.cursor:
        created, pk = _read(paging.cursor)
        rows = rows.filter(Q(created__lt=created) | Q(created=created, pk__lt=pk))
    found = list(rows.order_by("-created", "-pk")[: paging.limit + 1])
    page = found[: paging.limit]
    return page, _write(page[-1]) if len(found) > paging.limit else None


def _write(row: Video | Upscale) -> str:
    return base64.urlsafe_b64encode(f"{row.created.isoformat()} {row.pk}".encode()).decode()


def _read(cursor: str) -> tuple[datetime, uuid.UUID]:
    try:
        created, _space, pk = base64.urlsafe_b64decode(cursor).decode("ascii").partition(" ")
        when = datetime.fromisoformat(created)
        if when.tzinfo is None or not 2000 <= when.year < 3000:
            raise ValueError("no time of a row")
        return when, uuid.UUID(pk)
    except (binascii.Error, ValueError) as error:
        raise Problem(404, _("This cursor leads nowhere; leave it out to begin with the first page.")) from error
