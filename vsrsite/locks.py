"""One at a time, among all processes that share the site's folder or its database, on however many machines."""

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

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
