"""What a person owns and asks for: a Video, its Upscales, and the Segments each one is cut into.

Every change of state is one conditional UPDATE in one method, which says whether it happened: two processes may
try at the same time and exactly one wins. The condition is on the row itself and on no joined table, for a database
that made an UPDATE wait looks again at nothing but the row. `holder` and `lease` say who works on a row and until when
(`videos.work.leases`).
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Lower, Now
from django.utils.translation import gettext_lazy as _

from duf.media.facts import Clip
from duf.media.frames import Index
from videos.storage import store
from vsrsite.logs import request_id

ASKED_BY = _("The request that asked for it, as the logs have it.")

Files = dict[tuple[int, int], str]  # names of files by the first frame in them and the one after the last
UNHELD: dict[str, Any] = {"holder": None, "lease": None}


class Work(models.Model):
    """A row that a worker takes up, holds while its lease lasts, and finishes or gives back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reason = models.TextField(blank=True, help_text=_("What went wrong, as the owner reads it."))
    holder = models.UUIDField(null=True, blank=True, editable=False)
    lease = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True

    def change(self, allowed: Q, **changes: Any) -> bool:
        """Write `changes` if the row still satisfies `allowed`; False if somebody was quicker."""
        changed = type(self)._default_manager.filter(allowed, pk=self.pk).update(**changes)
        if changed:
            self.refresh_from_db()
        return bool(changed)

    def release(self, **changes: Any) -> bool:
        """Finish holding the row; False if it is not ours, or no longer."""
        return self.holder is not None and self.change(Q(holder=self.holder), **UNHELD | changes)

    def give_back(self) -> bool:
        """A planned stop, or a full disk: the attempt does not count."""
        return self.release(attempts=F("attempts") - 1, **self.waiting())

    def fail_attempt(self, reason: str) -> bool:
        """This attempt went wrong; the last one allowed ends the work."""
        if self.attempts >= settings.MAX_ATTEMPTS:
            return self.fail(reason)
        return self.release(reason=reason, **self.waiting())

    def waiting(self) -> dict[str, Any]:
        """What makes the row claimable again."""
        return {}

    def asked_by(self) -> uuid.UUID | None:
        """The request that asked for this work."""
        raise NotImplementedError

    def fail(self, reason: str) -> bool:
        """End the work with a reason."""
        raise NotImplementedError


class Video(Work):
    """A file somebody uploads, and what it turned out to be."""

    class State(models.TextChoices):
        UPLOADING = "uploading", _("Uploading")
        CHECKING = "checking", _("Checking")
        READY = "ready", _("Ready")
        REFUSED = "refused", _("Refused")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="videos")
    name = models.CharField(max_length=255, help_text=_("As the owner called the file, made safe to show and to send."))
    size = models.PositiveBigIntegerField(help_text=_("Bytes, as announced before the upload."))
    offset = models.PositiveBigIntegerField(default=0, help_text=_("Bytes received."))
    upload_id = models.TextField(blank=True, editable=False, help_text=_("S3's name of the parts received."))
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADING)
    facts = models.JSONField(null=True, blank=True, help_text=_("duf.media.Clip as JSON."))
    seen = models.JSONField(null=True, blank=True, help_text=_("What else the check noticed, as videos.advice has it."))
    frames = models.PositiveIntegerField(null=True, blank=True)
    frames_indexed = models.PositiveIntegerField(default=0)
    strip = models.JSONField(default=list, blank=True, help_text=_("The frames of the filmstrip, by number."))
    wish = models.JSONField(
        null=True, blank=True, help_text=_("How to convert it as soon as it is checked: the form, filled in.")
    )
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True, help_text=_("When an unfinished upload is removed."))
    request_id = models.UUIDField(null=True, blank=True, default=request_id, editable=False, help_text=ASKED_BY)
    kept = models.BooleanField(default=False, help_text=_("The owner wants the original for ever."))
    original_expires = models.DateTimeField(
        null=True, blank=True, help_text=_("When the original is removed, as its owner was told.")
    )
    original_removed = models.DateTimeField(
        null=True, blank=True, help_text=_("When the original was removed; results stay.")
    )

    class Meta:
        ordering = ("-created",)
        indexes = (
            models.Index(fields=("-created",), name="video_created"),
            models.Index(fields=("owner", "-created"), name="video_of_owner"),
            models.Index(fields=("owner", "-size", "-id"), name="video_by_size"),
            models.Index(F("owner"), Lower("name"), F("id").desc(), name="video_by_name"),
            models.Index(fields=("created",), condition=Q(state="checking"), name="video_checking"),
            models.Index(fields=("expires",), condition=Q(state="uploading"), name="video_expires"),
            models.Index(fields=("created",), condition=Q(wish__isnull=False), name="video_wish"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        return Path(settings.MEDIA_ROOT) / str(self.pk)

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def clip(self) -> Clip:
        """What the check found; only when there are facts."""
        return Clip.from_json(self.facts or {})

    @property
    def convertible(self) -> bool:
        """Whether it is checked, and its original still there."""
        return self.state == self.State.READY and not self.original_removed

    @property
    def pixels(self) -> int:
        """Of one frame; 0 before there are facts."""
        picture = (self.facts or {}).get("video", {"width": 0, "height": 0})
        return int(picture["width"] * picture["height"])

    @property
    def index(self) -> Path:
        return self.folder / "index.npz"

    def read_index(self) -> Index:
        """Every frame of it. Raises OSError if it is gone."""
        with store().fetched(self.index) as path:
            return Index.load(path)

    @property
    def poster(self) -> Path:
        return self.folder / "poster.jpg"

    def asked_by(self) -> uuid.UUID | None:
        return self.request_id

    @property
    def filmstrip(self) -> Path:
        return self.folder / "filmstrip.jpg"

    def stretch(self, start: int, stop: int) -> Path:
        """The frames from `start` up to `stop` as they are, for a browser."""
        return self.folder / f"frames-{start}-{stop}.mp4"

    def uploaded(self) -> bool:
        """The last byte is on the disk."""
        return self.change(Q(state=self.State.UPLOADING), state=self.State.CHECKING, expires=None)

    def ready(self, **found: Any) -> bool:
        """It is a video that this site can work on."""
        return self.release(state=self.State.READY, reason="", **found)

    def fail(self, reason: str) -> bool:
        """It is something that this site cannot work on."""
        return self.release(state=self.State.REFUSED, reason=reason)


class Upscale(Work):
    """One conversion of one video, or of a sample of it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        ASSEMBLING = "assembling", _("Assembling")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    WORKED_ON = (State.QUEUED, State.RUNNING)
    ACTIVE = (*WORKED_ON, State.ASSEMBLING)
    UNFINISHED = (*ACTIVE, State.PAUSED)
    PAUSABLE = Q(state__in=WORKED_ON, sample=False)

    video = models.ForeignKey(Video, models.CASCADE, related_name="upscales")
    model = models.CharField(max_length=40)
    scale = models.PositiveSmallIntegerField()
    precision = models.CharField(
        max_length=10, blank=True, help_text=_("Of the network's numbers, one for all segments.")
    )
    settings = models.JSONField(default=dict, blank=True, help_text=_("duf.choices.Choices as one flat object."))
    sample = models.BooleanField(default=False, help_text=_("To look at before the whole; goes before all other work."))
    start = models.PositiveIntegerField(null=True, blank=True, help_text=_("The first frame; none: all of the video."))
    stop = models.PositiveIntegerField(null=True, blank=True, help_text=_("The frame after the last one."))
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    paused = models.TextField(blank=True, help_text=_("Why waiting work does not start, as the owner reads it."))
    priority = models.IntegerField(default=0, help_text=_("Higher goes first among the owner's own jobs."))
    frames = models.PositiveIntegerField(default=0)
    frames_done = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list, blank=True, help_text=_("Sentences about what is not kept."))
    receipt = models.JSONField(null=True, blank=True, help_text=_("duf.media.Receipt as JSON."))
    container = models.CharField(max_length=8, blank=True, help_text=_("The result's file name extension."))
    file = models.CharField(max_length=80, blank=True, help_text=_("The result's file name in the job's folder."))
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    estimate = models.JSONField(
        null=True, blank=True, help_text=_("videos.quotes.Quote as JSON, from before the start.")
    )
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    request_id = models.UUIDField(null=True, blank=True, default=request_id, editable=False, help_text=ASKED_BY)
    kept = models.BooleanField(default=False, help_text=_("The owner wants the result for ever."))
    expires = models.DateTimeField(null=True, blank=True, help_text=_("When it is removed, as its owner was told."))
    told = models.BooleanField(default=False, help_text=_("The owner knows that it has ended, or need not."))

    class Meta:
        ordering = ("-created",)
        indexes = (
            models.Index(fields=("-created",), name="upscale_created"),
            models.Index(fields=("state",), condition=Q(told=False), name="upscale_untold"),
            models.Index(fields=("video", "-created"), name="upscale_of_video"),
            models.Index(
                fields=("state", "-priority", "created"),
                condition=Q(state__in=("queued", "running", "assembling")),
                name="upscale_active",
            ),
        )

    def __str__(self) -> str:
        return f"{self.video.name} x{self.scale}"

    @property
    def target(self) -> str:
        """How large the result is to be."""
        return self.settings.get("fit") or f"×{self.scale}"

    @property
    def folder(self) -> Path:
        return self.video.folder / str(self.pk)

    @property
    def result(self) -> Path | None:
        """The finished file, or None."""
        return self.folder / self.file if self.state == self.State.DONE and self.file else None

    @property
    def reading(self) -> int:
        """Bytes of the original up to its last frame, about."""
        whole = max(1, self.video.frames or 0)
        return self.video.size * (self.stop or whole) // whole

    @property
    def heard(self) -> bool:
        """Whether the result has a sound."""
        return any(track.get("kind") == "audio" for track in (self.receipt or {}).get("tracks", []))

    @property
    def rendition(self) -> Path:
        """What a browser plays, where it cannot play the result itself."""
        return self.folder / "rendition.mp4"

    @property
    def stills(self) -> tuple[Path, Path]:
        """The last finished frame, before and after."""
        return self.folder / "before.jpg", self.folder / "after.jpg"

    @property
    def active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def unfinished(self) -> bool:
        return self.state in self.UNFINISHED

    def asked_by(self) -> uuid.UUID | None:
        return self.request_id

    def plan(self, pieces: Iterable[tuple[int, int]], done: Files | None = None, **settled: Any) -> bool:
        """Cut the work into segments, once. `done`: files of pieces that need no work; `settled` holds for all."""
        segments = [self._segment(number, *piece, (done or {}).get(piece, "")) for number, piece in enumerate(pieces)]
        frames = sum(segment.frames for segment in segments)
        with transaction.atomic():
            waiting = Q(state=self.State.QUEUED, holder=self.holder)
            planned = self.change(waiting, frames=frames, attempts=0, **UNHELD, **settled)
            if planned:
                Segment.objects.bulk_create(segments, batch_size=500)
        return planned

    def _segment(self, number: int, start: int, stop: int, file: str) -> "Segment":
        segment = Segment(upscale=self, number=number, start=start, stop=stop, file=file)
        if file:
            segment.state, segment.frames_done = Segment.State.DONE, segment.frames
        return segment

    def begin(self) -> bool:
        """Somebody has taken up the first segment."""
        return self.change(
            Q(state=self.State.QUEUED), state=self.State.RUNNING, paused="", started=Coalesce("started", Now())
        )

    def assemble(self) -> bool:
        """All segments are done; True for exactly one caller."""
        segments = Segment.objects.filter(upscale=OuterRef("pk"))
        complete = Exists(segments) & ~Exists(segments.exclude(state=Segment.State.DONE))
        return self.change(Q(complete, state__in=self.WORKED_ON), state=self.State.ASSEMBLING, attempts=0)

    def done(self, **result: Any) -> bool:
        """The result is verified and stands in its place."""
        return self.release(
            state=self.State.DONE, reason="", paused="", frames_done=F("frames"), finished=Now(), **result
        )

    def fail(self, reason: str) -> bool:
        """Planning or assembling has ended with a reason."""
        return self._end(Q(holder=self.holder), reason)

    def segment_failed(self, reason: str) -> bool:
        """One segment cannot be done, so the job cannot. What is done is kept for another try."""
        return self._end(Q(), reason)

    def _end(self, allowed: Q, reason: str) -> bool:
        with transaction.atomic():
            failed = self.change(
                allowed & Q(state__in=self.ACTIVE), state=self.State.FAILED, reason=reason, finished=Now(), **UNHELD
            )
            if failed:
                self.segments.filter(state=Segment.State.RUNNING).update(state=Segment.State.QUEUED, **UNHELD)
        return failed

    def cancel(self) -> bool:
        """The owner does not want it any more; what is done so far goes."""
        with transaction.atomic():
            cancelled = self.change(
                Q(state__in=self.UNFINISHED), state=self.State.CANCELLED, frames_done=0, finished=Now(), **UNHELD
            )
            if cancelled:
                self.segments.update(**Segment.ANEW)
        return cancelled

    def pause(self) -> bool:
        """The owner lets it wait. What is done stays; what is in work is given back, its attempt not counted."""
        with transaction.atomic():
            paused = self.change(self.PAUSABLE, state=self.State.PAUSED, paused="", **UNHELD)
            if paused:
                self.segments.filter(state=Segment.State.RUNNING).update(
                    state=Segment.State.QUEUED, attempts=F("attempts") - 1, frames_done=0, **UNHELD
                )
        return paused

    def resume(self) -> bool:
        """Let it go on where it was."""
        return self.change(Q(state=self.State.PAUSED), state=self.State.QUEUED, attempts=0, request_id=request_id())

    def retry(self) -> bool:
        """Try again what is not done."""
        with transaction.atomic():
            queued = self.change(
                Q(state__in=(self.State.FAILED, self.State.CANCELLED)),
                state=self.State.QUEUED,
                reason="",
                attempts=0,
                finished=None,
                told=False,
                request_id=request_id(),
            )
            if queued:
                self.segments.exclude(state=Segment.State.DONE).update(**Segment.ANEW)
        return queued


@contextmanager
def alone_with(upscale: uuid.UUID) -> Iterator[None]:
    """A transaction in which nobody else changes this job and its segments together.

    A job is always locked before its segments, so that no two processes wait for each other.
    """
    with transaction.atomic():
        list(Upscale.objects.select_for_update().filter(pk=upscale).values_list("pk"))
        yield


def job_is(*states: str) -> Exists:
    """Of a segment: its job is in one of these states."""
    return Exists(Upscale.objects.filter(pk=OuterRef("upscale"), state__in=states))


class Segment(Work):
    """About a minute of work: the frames from `start` up to, not including, `stop`."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    upscale = models.ForeignKey(Upscale, models.CASCADE, related_name="segments")
    number = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    stop = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    frames_done = models.PositiveIntegerField(default=0)
    file = models.CharField(max_length=80, blank=True, help_text=_("The file's name in the job's folder, once done."))
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("upscale", "number")
        constraints = (models.UniqueConstraint(fields=("upscale", "number"), name="segment_number"),)
        indexes = (
            models.Index(fields=("upscale", "number"), condition=Q(state="queued"), name="segment_queued"),
            models.Index(fields=("-started", "-id"), name="segment_started"),
            models.Index(fields=("lease",), condition=Q(state="running"), name="segment_running"),
        )

    ANEW: ClassVar[dict[str, Any]] = {
        "state": State.QUEUED,
        "attempts": 0,
        "reason": "",
        "frames_done": 0,
        "file": "",
        **UNHELD,
    }

    def __str__(self) -> str:
        return f"{self.number}: {self.start}-{self.stop}"

    @property
    def frames(self) -> int:
        return self.stop - self.start

    def asked_by(self) -> uuid.UUID | None:
        return self.upscale.request_id

    def attempt_file(self) -> str:
        """The file name of this attempt; no two attempts share one."""
        return f"segment-{self.number}-{self.holder}.nut"

    def waiting(self) -> dict[str, Any]:
        return {"state": self.State.QUEUED, "frames_done": 0}

    def done(self, file: str) -> bool:
        """The frames stand in `file`; False if the segment or its job was taken away."""
        return self.change(
            Q(job_is(Upscale.State.RUNNING), holder=self.holder, state=self.State.RUNNING),
            state=self.State.DONE,
            file=file,
            frames_done=self.frames,
            finished=Now(),
            **UNHELD,
        )

    def fail(self, reason: str) -> bool:
        """No attempt is left, and the whole job fails with it."""
        with alone_with(self.upscale_id):
            failed = self.release(state=self.State.FAILED, reason=reason)
            if failed:
                self.upscale.segment_failed(reason)
        return failed
