"""DATABASE_URL and REDIS_URL as Django's settings. Without them everything lies in files below var/."""

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from redis import ConnectionPool

from vsrsite.guessable import guessable
from vsrsite.paths import VAR_DIR

POSTGRESQL = "django.db.backends.postgresql"
OURS = "vsrsite.postgresql"
KEPT_SECONDS = 600  # a connection, before it is made anew

# A server that is cut off must not be waited for until the kernel gives up, which takes minutes; nor may the server
# keep the locks of a client that was cut off in the middle of a transaction.
REACHABLE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
    "options": "-c idle_in_transaction_session_timeout=60s -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5"
    " -c tcp_keepalives_count=3 -c tcp_user_timeout=20s",
}
REDIS_REACHABLE = "socket_connect_timeout=5&socket_timeout=20"

SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": VAR_DIR / "db.sqlite3",
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}

FILES: dict[str, Any] = {
    "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
    "LOCATION": VAR_DIR / "cache",
    "OPTIONS": {"MAX_ENTRIES": 10_000},  # Django's 300 are soon full of attempts, and then some are forgotten
}


def database(url: str, password: str) -> dict[str, Any]:
    """PostgreSQL at `url`, else SQLite. `password` is the one that the address leaves out."""
    if not url:
        return SQLITE
    try:
        found: dict[str, Any] = {**dj_database_url.parse(url, conn_max_age=KEPT_SECONDS, conn_health_checks=True)}
    except ValueError:
        found = {}
    if found.get("ENGINE") != POSTGRESQL or not found.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL is not an address like postgresql://user:password@host:5432/name; correct it (special "
            "characters in the password are written as %XX), or leave it out to keep everything in SQLite."
        )
    found["ENGINE"], found["PASSWORD"] = OURS, found["PASSWORD"] or password
    if guessable(found["PASSWORD"]):
        raise ImproperlyConfigured("The password of DATABASE_URL is one that is guessed first; choose another.")
    found["OPTIONS"] = {**REACHABLE, **found.get("OPTIONS", {})}
    return found


def cache(url: str) -> dict[str, Any]:
    """Shared by all processes: the limits on sign-ins and the queue's statistics live here."""
    if not url:
        return FILES
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis(url)}


def broker(url: str) -> dict[str, str]:
    """Where django-q2 keeps the calls that nobody has taken yet."""
    return {"redis": _redis(url)} if url else {"orm": "default"}


def _redis(url: str) -> str:
    try:
        ConnectionPool.from_url(url)
    except ValueError as error:
        raise ImproperlyConfigured(
            "REDIS_URL is not an address like redis://host:6379/0; correct it, or leave it out to use files."
        ) from error
    return f"{url}{'&' if '?' in url else '?'}{REDIS_REACHABLE}"
