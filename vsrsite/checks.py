"""What `manage.py check` looks at beyond Django's own: the queue's timers and the default model."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from duf.catalog import MODELS


@register
def queue_timers(**kwargs: Any) -> list[CheckMessage]:
    """A call that is delivered twice costs nothing, but one that is retried for ever would."""
    timers: dict[str, Any] = settings.Q_CLUSTER
    if timers["timeout"] < timers["retry"] and timers["ack_failures"] and timers["max_attempts"] == 1:
        return []
    hint = "Keep timeout below retry, ack_failures on and max_attempts 1."
    return [Error("Q_CLUSTER would deliver failed calls again.", hint=hint, id="vsrsite.E001")]


@register
def lease_outlasts_heartbeats(**kwargs: Any) -> list[CheckMessage]:
    """A lease must survive a heartbeat or two that came late."""
    if settings.LEASE.total_seconds() >= 5:
        return []
    return [Error("LEASE_SECONDS is too short.", hint="Use at least 5.", id="vsrsite.E002")]


@register
def default_model(**kwargs: Any) -> list[CheckMessage]:
    """The model that the page offers first must exist."""
    if settings.DEFAULT_MODEL in MODELS:
        return []
    hint = f"Choose one of {', '.join(MODELS)}."
    return [Error(f"There is no model {settings.DEFAULT_MODEL!r}.", hint=hint, id="vsrsite.E003")]
