"""All rows as they are at one moment, taken while the site goes on, and put back.

SQLite is copied by its own online backup. Other databases are read in one transaction and written as JSON, a row a
line, which every database can read: so they also move from one kind to another.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django_q.models import Schedule

COPY = "database.sqlite3"
ROWS = "database.jsonl"
FROZEN = "frozen"  # the alias of the copy

# Made by the migrations, or worth nothing tomorrow.
LEFT_OUT = ("contenttypes", "auth.permission", "sessions", "django_q.ormq", "django_q.task")


@contextmanager
def taken(folder: Path, portable: bool) -> Iterator[str]:
    """Write the database into the folder; the block may read the same rows under the alias that it is given."""
    if connection.vendor == "sqlite":
        with _copied(folder / COPY) as alias:
            if portable:
                _dump(folder / ROWS, alias)
            yield alias
        if portable:
            (folder / COPY).unlink()
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            _dump(folder / ROWS, "default")
            yield "default"


def put_back(folder: Path) -> None:
    """Fill an empty database, and bring its tables to what the code expects."""
    if (folder / COPY).exists():
        connection.close()
        _copy(folder / COPY, Path(connection.settings_dict["NAME"]))
        call_command("migrate", interactive=False, verbosity=0)
        return
    call_command("migrate", interactive=False, verbosity=0)
    Schedule.objects.all().delete()  # the migrations' own; the backup has them, too
    call_command("loaddata", str(folder / ROWS), verbosity=0)


def migrations() -> list[str]:
    """All that the code would apply: rows as JSON fit only tables that are the same."""
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or ())


@contextmanager
def _copied(copy: Path) -> Iterator[str]:
    _copy(Path(connection.settings_dict["NAME"]), copy)
    connections[FROZEN] = frozen = connection.copy(FROZEN)
    frozen.settings_dict.update(NAME=copy, OPTIONS={})
    try:
        yield FROZEN
    finally:
        frozen.close()
        del connections[FROZEN]


def _copy(source: Path, target: Path) -> None:
    """A copy of one moment, in one file, though others write to the source."""
    reader, writer = sqlite3.connect(source), sqlite3.connect(target)
    try:
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode=DELETE")
    finally:
        writer.close()
        reader.close()


def _dump(file: Path, alias: str) -> None:
    call_command(
        "dumpdata",
        format="jsonl",
        database=alias,
        exclude=LEFT_OUT,
        use_natural_foreign_keys=True,
        output=str(file),
        verbosity=0,
    )
