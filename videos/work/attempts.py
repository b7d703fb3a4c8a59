"""One attempt at a piece of work: however it ends, the row says so."""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_noop as _
from django_q.exceptions import TimeoutException

from duf.errors import DufError, SourceError
from duf.media.sandbox import BROKEN_DISK
from videos import storage
from videos.models import Work
from videos.stored import StorageError
from videos.work.leases import Beat, Hold, Lost, kept, put_off
from vsrsite.logs import on_behalf_of

UNEXPECTED = _("Something unexpected went wrong on the server; try again, and tell the administrator if it stays so.")
TOO_LONG = _("It took longer than the server allows; try a shorter video.")

log = logging.getLogger(__name__)


class Stopped(SystemExit):
    """The cluster is told to stop."""


@contextmanager
def attempt(row: Work, beat: Beat) -> Iterator[Hold]:
    """Keep the row's lease while the block runs, and catch whatever ends it.

    A planned stop, a full disk and a store that is away give the attempt back, an error fails it with one sentence, a
    disk that cannot be read puts the next one off, and a lost row is somebody else's business. What is logged meanwhile
    bears the id of the request that asked for the work.
    """
    with on_behalf_of(row.asked_by()):
        log.info("%s: attempt %d begins", _name(row), row.attempts)
        with _ended(row), kept(beat) as hold:
            yield hold
        log.info("%s: the attempt is over", _name(row))


@contextmanager
def _ended(row: Work) -> Iterator[None]:
    try:
        yield
    except Lost:
        log.info("%s was taken away", _name(row))
    except Stopped:
        row.give_back()
        raise
    except TimeoutException:
        row.fail_attempt(TOO_LONG)
    except Exception as error:
        _failed(row, error)


def _failed(row: Work, error: Exception) -> None:
    if isinstance(error, StorageError) or storage.obstacle():
        log.warning("%s is given back: %s", _name(row), error)
        row.give_back()
        return
    if isinstance(error, DufError):
        log.warning("%s failed: %s", _name(row), error)
    else:
        log.exception("%s failed", _name(row))
    if _may_pass(error):
        put_off(row, _told(error))
    else:
        row.fail_attempt(_told(error))


def _may_pass(error: Exception) -> bool:
    """Nothing is wrong with the file, but it cannot be read."""
    return isinstance(error, SourceError) or (isinstance(error, OSError) and error.errno == errno.EIO)


def _told(error: Exception) -> str:
    if isinstance(error, DufError):
        return str(error)
    return BROKEN_DISK.format(why=error.strerror) if _may_pass(error) else UNEXPECTED  # type: ignore[attr-defined]


def _name(row: Work) -> str:
    return f"{type(row).__name__} {row.pk}"
