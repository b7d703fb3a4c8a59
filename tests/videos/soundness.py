"""What must hold whatever has happened, once the sweep has been: nothing that counts is lost, nothing lies about."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import UUID

from django.conf import settings

from videos.holdings import holdings
from videos.measured import Trial
from videos.models import Segment, Upscale, Video
from videos.storage import store


def troubles(uploads: Mapping[UUID, bytes], expected: object = None) -> list[str]:
    """All that is not as it should be, in words.

    uploads: what the owners sent, by the id of the video. expected: the checksum of every result; None: of whatever
    its row says.
    """
    return [*_lost_files(), *_loose_files(), *_changed_uploads(uploads), *_wrong_jobs(expected)]


def _lost_files() -> Iterator[str]:
    """Rows without their file."""
    for holding in holdings():
        found = store().look(holding.path)
        if not found:
            yield f"{_short(holding.path)} is gone"
        elif holding.bytes is not None and found.size < holding.bytes:
            yield f"{_short(holding.path)} has not all of its {holding.bytes} bytes"


def _loose_files() -> Iterator[str]:
    """Files without their row. An attempt's go when the next begins, what is only looked at with the job's end."""
    known = {holding.path for holding in holdings()}
    known |= {video.index for video in Video.objects.filter(state=Video.State.CHECKING)}  # the next check replaces it
    for job in Upscale.objects.exclude(state__in=(Upscale.State.DONE, Upscale.State.CANCELLED)):
        known.update(job.stills)
    holders = {str(row.holder) for model in (Video, Trial, Upscale, Segment) for row in model.objects.all()}
    for path in store().paths(Path(settings.MEDIA_ROOT)):
        if store().look(path) and path not in known and not any(holder in path.name for holder in holders):
            yield f"{_short(path)} has no row"


def _changed_uploads(uploads: Mapping[UUID, bytes]) -> Iterator[str]:
    """Bytes that were acknowledged and are not as they were sent."""
    for video in Video.objects.filter(pk__in=uploads, original_removed=None):
        sent = uploads[video.pk]
        whole = video.state != Video.State.UPLOADING
        if whole and video.offset != len(sent):
            yield f"{video.name} counts as whole with {video.offset} of {len(sent)} bytes"
        if video.offset and not (_bytes(video.source) or sent).startswith(sent[: video.offset]):
            yield f"{video.name} has other bytes than were sent"


def _wrong_jobs(expected: object) -> Iterator[str]:
    """Results that are not what their row says, or not as if nothing had happened; failures that do not say why."""
    for job in Upscale.objects.all():
        if job.state == Upscale.State.FAILED and not job.reason:
            yield f"{job} failed without a reason"
        if job.result and (content := _bytes(job.result)) is not None:
            found = hashlib.sha256(content).hexdigest()
            if found != job.sha256:
                yield f"the result of {job} is not the one of its row"
            if expected is not None and found != expected:
                yield f"the result of {job} is not as if nothing had happened"


def _bytes(path: Path) -> bytes | None:
    found = store().look(path)
    return b"".join(store().read(path, range(found.size))) if found else None


def _short(path: Path) -> str:
    return str(path.relative_to(settings.MEDIA_ROOT))
