"""Servers that are late or away, tables that are not there yet: wait for them, say in a sentence what is missing."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.management.base import CommandError
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from redis import Redis
from redis.exceptions import RedisError

PAUSE_SECONDS = 2

Tell = Callable[[str], None]


def wait_for_servers(tell: Tell, seconds: float) -> None:
    """Return once they answer, for they may start together with the site. Raises CommandError if it is too late."""
    end = time.monotonic() + seconds
    said = ""
    while why := database_away() or redis_away():
        if time.monotonic() >= end:
            raise CommandError(why)
        said = _tell_once(tell, why, said)
        time.sleep(PAUSE_SECONDS)


def wait_for_tables(tell: Tell) -> None:
    """Return once some other process has prepared them, however long that takes."""
    said = ""
    while not _migrated():
        said = _tell_once(
            tell, "Waiting for the tables: `manage.py prepare` makes them, as `migrate` and `web` do.", said
        )
        connection.close()
        time.sleep(PAUSE_SECONDS)


def database_away() -> str:
    """Why it does not answer, with the setting and the cure; empty if it does."""
    try:
        connection.ensure_connection()
    except Error as error:
        why = str(error).strip().splitlines()[0]
        return f"DATABASE_URL: {why}; start the database, or correct the address."
    return ""


def redis_away() -> str:
    """The same of Redis; empty as well where there is to be none."""
    if not settings.REDIS_URL:
        return ""
    try:
        with Redis.from_url(settings.CACHES["default"]["LOCATION"]) as server:
            server.ping()
    except RedisError as error:
        return f"REDIS_URL: {str(error).rstrip('.')}; start Redis, or correct the address."
    return ""


def _migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _tell_once(tell: Tell, sentence: str, said: str) -> str:
    if sentence != said:
        tell(sentence)
    return sentence
