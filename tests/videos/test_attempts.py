"""However an attempt ends, the row says so."""

import errno

import pytest
from django_q.exceptions import TimeoutException

from accounts.models import User
from duf.errors import MediaError, SourceError
from tests.conftest import JobMaker
from videos import storage
from videos.models import Segment
from videos.work import attempts
from videos.work.attempts import Stopped, attempt
from videos.work.claiming import claim_next, claimable
from videos.work.leases import Lost


@pytest.fixture
def segment(alice: User, job_of: JobMaker) -> Segment:
    job_of(alice)
    segment = claim_next()
    assert segment
    return segment


def fail_with(segment: Segment, error: BaseException) -> Segment:
    with attempt(segment, lambda frames: True):
        raise error
    return Segment.objects.get(pk=segment.pk)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MediaError("The file is damaged."), "The file is damaged."),
        (ValueError("a bug"), attempts.UNEXPECTED),
        (TimeoutException("900 s"), attempts.TOO_LONG),
    ],
)
def test_an_error_fails_the_attempt_with_one_sentence(segment: Segment, error: BaseException, reason: str) -> None:
    row = fail_with(segment, error)
    assert (row.state, row.attempts, row.holder, row.reason) == ("queued", 1, None, reason)


def test_a_planned_stop_gives_the_attempt_back(segment: Segment) -> None:
    with pytest.raises(Stopped):
        fail_with(segment, Stopped(0))
    segment.refresh_from_db()
    assert (segment.state, segment.attempts, segment.holder) == ("queued", 0, None)


def test_a_full_disk_gives_the_attempt_back(segment: Segment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "spare_bytes", lambda: 0)
    row = fail_with(segment, MediaError("The disk is full."))
    assert (row.state, row.attempts, row.reason) == ("queued", 0, "")


def test_a_lost_row_is_left_to_its_new_holder(segment: Segment) -> None:
    holder = segment.holder
    row = fail_with(segment, Lost())
    assert (row.state, row.attempts, row.holder) == ("running", 1, holder)


BROKEN = "The disk could not be read (Input/output error); try again, and have it looked at if it stays so."


@pytest.mark.parametrize("error", [SourceError(BROKEN), OSError(errno.EIO, "Input/output error")])
def test_a_disk_that_cannot_be_read_puts_the_next_attempt_off(segment: Segment, error: Exception) -> None:
    row = fail_with(segment, error)
    assert (row.state, row.attempts, row.holder, row.reason) == ("queued", 1, None, BROKEN)
    assert not claimable().filter(pk=row.pk).exists()
    Segment.objects.filter(pk=row.pk).update(lease="2020-01-01T00:00:00Z")
    assert claimable().filter(pk=row.pk).exists()


def test_the_last_attempt_that_cannot_read_the_disk_says_so(segment: Segment) -> None:
    Segment.objects.update(attempts=3)
    segment.refresh_from_db()
    row = fail_with(segment, SourceError(BROKEN))
    assert (row.state, row.reason, row.upscale.state) == ("failed", BROKEN, "failed")
