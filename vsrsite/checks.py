"""What `manage.py check` looks at beyond Django's own. Nothing starts with an error found here (`prepare`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from duf import weights
from duf.catalog import MODELS
from duf.errors import ModelError
from vsrsite.paths import BASE_DIR

LOCAL = {"localhost", "127.0.0.1", "::1"}


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
    return [Error(f"DEFAULT_MODEL: there is no model {settings.DEFAULT_MODEL!r}.", hint=hint, id="vsrsite.E003")]


@register
def shipped_weights(**kwargs: Any) -> list[CheckMessage]:
    """Whole, or every job would fail. Imported ones are only some people's choice: the doctor looks at them."""
    hint = "Take it from the repository again: `git checkout duf/models`."
    found: list[CheckMessage] = []
    for path in sorted(weights.SHIPPED.glob("*.json")):
        try:
            weights.read(path.with_suffix(""))
        except ModelError as error:
            found.append(Error(str(error), hint=hint, id="vsrsite.E006"))
    return found


@register
def bucket_is_settled(**kwargs: Any) -> list[CheckMessage]:
    """A bucket without a key cannot be opened, and a key without a bucket was surely meant to open one."""
    needed = ("S3_BUCKET", "S3_KEY_ID", "S3_SECRET")
    missing = [name for name in needed if not getattr(settings, name)]
    if not missing or len(missing) == len(needed):
        return []
    hint = f"Set {' and '.join(missing)} as well, or none of {', '.join(needed)}."
    return [Error(f"{missing[0]} is missing for S3.", hint=hint, id="vsrsite.E007")]


@register
def debug_stays_at_home(**kwargs: Any) -> list[CheckMessage]:
    """DEBUG shows settings and code to whoever meets an error."""
    if not settings.DEBUG or set(settings.ALLOWED_HOSTS) <= LOCAL:
        return []
    hint = "Set DEBUG=0, or SITE_URL to http://127.0.0.1:8000."
    return [Error(f"DEBUG is on and SITE_URL is public, {settings.SITE_URL}.", hint=hint, id="vsrsite.E004")]


@register(Tags.database)
def database_is_not_newer(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A later version has changed the tables: this one would read and write them wrongly."""
    hint = "Install the version that made it or a later one, or restore a backup made before the update."
    return [
        Error(f"The database is newer than this code: it has {', '.join(found)}.", hint=hint, id="vsrsite.E005")
        for alias in databases or ()
        if (found := unknown_migrations(alias))
    ]


def unknown_migrations(alias: str = "default") -> list[str]:
    """What was applied to the site's own tables and is not part of this code."""
    loader = MigrationLoader(connections[alias])
    own = {config.label for config in apps.get_app_configs() if Path(config.path).parent == BASE_DIR}
    unknown = set(loader.applied_migrations) - set(loader.disk_migrations or ())
    return sorted(f"{app}.{name}" for app, name in unknown if app in own)


@register
def tls_is_seen(**kwargs: Any) -> list[CheckMessage]:
    """TLS ends in a proxy, and only its headers say so."""
    if settings.TRUSTED_PROXIES or not settings.SECURE:
        return []
    hint = "Set TRUSTED_PROXIES=1 if every request comes through your proxy, or to how many stand one behind the other."
    return [Warning("SITE_URL has https, but no proxy is trusted to say so.", hint=hint, id="vsrsite.W004")]
