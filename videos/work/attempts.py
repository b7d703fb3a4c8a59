"""One attempt at a piece of work: however it ends, the row says so."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django_q.exceptions import TimeoutException

from duf.errors import DufError
from videos import storage
from videos.models import Work
from videos.work.leases import Beat, Hold, Lost, kept

UNEXPECTED = "Something unexpected went wrong on the server; try again, and tell the administrator if it stays so."
TOO_LONG = "It took longer than the server allows; try a shorter video."

log = logging.getLogger(__name__)


class Stopped(SystemExit):
    """The cluster is told to stop."""


@contextmanager
def attempt(row: Work, beat: Beat) -> Iterator[Hold]:
    """Keep the row's lease while the block runs, and catch whatever ends it.

    A planned stop and a full disk give the attempt back, an error fails it with one sentence, and a lost row is
    somebody else's business.
    """
    try:
        with kept(beat) as hold:
            yield hold
    except Lost:
        log.info("%s %s was taken away", type(row).__name__, row.pk)
    except Stopped:
        row.give_back()
        raise
    except TimeoutException:
        row.fail_attempt(TOO_LONG)
    except Exception as error:
        _failed(row, error)


def _failed(row: Work, error: Exception) -> None:
    if storage.is_full():
        row.give_back()
        return
    if not isinstance(error, DufError):
        log.exception("%s %s failed", type(row).__name__, row.pk)
    row.fail_attempt(str(error) if isinstance(error, DufError) else UNEXPECTED)
