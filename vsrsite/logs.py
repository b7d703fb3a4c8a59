"""What the processes log: lines for people or JSON for machines, with the id of the request that caused them.

The browser gets the id of its request in the header X-Request-ID; rows keep it, and whoever works on a row later, in
whatever process, logs on behalf of that request.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django_guid.context import guid

HEADER = "X-Request-ID"


def configuration(form: str) -> dict[str, Any]:
    """For `logging.config`; `form` is "line" or "json"."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": "django_guid.log_filters.CorrelationId", "correlation_id_field": "request_id"}},
        "formatters": {
            "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "%(levelname)s %(name)s %(process)d %(request_id)s %(message)s",
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": "time",
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["request"]}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django-q": {"level": "WARNING"},
            "django_guid": {"level": "ERROR"},
            "gunicorn.error": {"level": "INFO", "propagate": True},
        },
    }


def request_id() -> uuid.UUID | None:
    """The request that is being answered, or on whose behalf we work."""
    found = guid.get()
    return uuid.UUID(found) if found else None


@contextmanager
def on_behalf_of(request: uuid.UUID | None) -> Iterator[None]:
    """What is logged inside bears the id of that request."""
    before = guid.set(str(request) if request else None)
    try:
        yield
    finally:
        guid.reset(before)
