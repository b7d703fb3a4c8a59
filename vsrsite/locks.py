"""One at a time, among all processes that share the site's folder or its database, on however many machines."""

import fcntl
import os
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection

from vsrsite.paths import VAR_DIR

KEY = zlib.crc32(b"prepare the site")  # names the lock in the database


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for everybody who came before. What holds the lock lets it go however it dies."""
    with _alone_in_folder(), _alone_in_database():
        yield


@contextmanager
def _alone_in_folder() -> Iterator[None]:
    with (VAR_DIR / "prepare.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _alone_in_database() -> Iterator[None]:
    if connection.vendor != "postgresql":  # a file of that folder
        yield
        return
    holding = connection.copy()  # a session of its own, for the lock lives as long as that
    try:
        with holding.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [KEY])
        yield
    finally:
        holding.close()


@contextmanager
def alone(row: uuid.UUID) -> Iterator[None]:
    """With what a row stands for, among all processes of the site. Raises BlockingIOError if another one is."""
    with _asked_in_database(row) if connection.vendor == "postgresql" else _asked_in_folder(row):
        yield


@contextmanager
def _asked_in_folder(row: uuid.UUID) -> Iterator[None]:
    path = VAR_DIR / f"{row}.lock"
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.fstat(file.fileno()).st_nlink:  # the one before has just taken it away
            raise BlockingIOError
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def _asked_in_database(row: uuid.UUID) -> Iterator[None]:
    """Should the connection break, the lock is lost, and so is what the row was to be told."""
    key = row.int >> 65  # the database's keys have 63 bits and a sign
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise BlockingIOError
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
