"""What quotes are made from: a Trial of a video, and the Speeds of finished segments."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from videos.models import Video, Work


class Trial(Work):
    """A second of work at three points of a video, by one model and with one way to encode."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    video = models.ForeignKey(Video, models.CASCADE, related_name="trials")
    model = models.CharField(max_length=40)
    scale = models.PositiveSmallIntegerField()
    codec = models.CharField(max_length=8)
    crf = models.PositiveSmallIntegerField()
    fit = models.CharField(max_length=8, blank=True, help_text=_("A size of duf.fitting.SIZES."))
    deinterlace = models.CharField(max_length=4, default="auto", help_text=_("auto, on or off."))
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    points = models.JSONField(default=list, blank=True, help_text=_("duf.trials.Point as JSON, for each."))
    segments = models.PositiveIntegerField(default=0, help_text=_("That a job would be cut into."))
    scenes = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created",)
        constraints = (
            models.UniqueConstraint(
                fields=("video", "model", "scale", "codec", "crf", "fit", "deinterlace"), name="trial_of_choice"
            ),
        )
        indexes = (models.Index(fields=("created",), condition=Q(state="waiting"), name="trial_waiting"),)

    def __str__(self) -> str:
        return f"{self.video.name} x{self.scale}, tried"

    def asked_by(self) -> uuid.UUID | None:
        return self.video.request_id

    def done(self, **measured: Any) -> bool:
        """The points are measured."""
        return self.release(state=self.State.DONE, reason="", **measured)

    def fail(self, reason: str) -> bool:
        """This video cannot be tried so."""
        return self.release(state=self.State.FAILED, reason=reason)


class Speed(models.Model):
    """How fast a finished segment was; outlives its video."""

    model = models.CharField(max_length=40)
    scale = models.PositiveSmallIntegerField()
    codec = models.CharField(max_length=8)
    pixels = models.PositiveIntegerField(help_text=_("Of one frame of the source."))
    frames = models.PositiveIntegerField()
    seconds = models.FloatField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created",)
        indexes = (models.Index(fields=("model", "scale", "codec", "-created"), name="speed_of_choice"),)

    def __str__(self) -> str:
        return f"{self.model} x{self.scale}: {self.frames} frames in {self.seconds:.3g} s"
