"""A database that is late, away or not prepared yet: wait for it, and say in a sentence what is missing."""

import time
from collections.abc import Callable

from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

PAUSE_SECONDS = 2

Tell = Callable[[str], None]


def wait_for_database(tell: Tell, seconds: float) -> None:
    """Return once it answers, for it may start together with the site. Raises CommandError if it is too late."""
    end = time.monotonic() + seconds
    said = ""
    while why := _unreachable():
        if time.monotonic() >= end:
            raise CommandError(why)
        said = _tell_once(tell, why, said)
        time.sleep(PAUSE_SECONDS)


def wait_for_tables(tell: Tell) -> None:
    """Return once some other process has prepared them, however long that takes."""
    said = ""
    while not _migrated():
        said = _tell_once(tell, "Waiting until `migrate` or `web` has prepared the database.", said)
        connection.close()
        time.sleep(PAUSE_SECONDS)


def _unreachable() -> str:
    try:
        connection.ensure_connection()
    except OperationalError as error:
        why = str(error).strip().splitlines()[0]
        return f"DATABASE_URL: {why}; start the database, or correct the address."
    return ""


def _migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _tell_once(tell: Tell, sentence: str, said: str) -> str:
    if sentence != said:
        tell(sentence)
    return sentence
