"""Tokens to sign in with, requests that must not be done twice, and what other servers are told."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from videos.models import Upscale


class Scope(models.TextChoices):
    """What a token may do."""

    READ = "read", _("Read: list videos and conversions, download them")
    UPLOAD = "upload", _("Upload: send new videos")
    CONVERT = "convert", _("Convert: start, cancel and retry conversions")
    DELETE = "delete", _("Delete: remove videos and conversions for good")


class Token(models.Model):
    """Lets a program act for its owner until it expires. The secret half is known to whoever was shown it alone."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=16, unique=True, editable=False, help_text=_("The half that finds the row."))
    digest = models.CharField(max_length=64, editable=False, help_text=_("SHA-256 of the secret half."))
    scopes = models.JSONField(default=list)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.name

    @property
    def expired(self) -> bool:
        return self.expires <= timezone.now()

    def touch(self) -> None:
        """Remember the use, once a minute at most: a busy script should not keep the database writing."""
        minute_ago = timezone.now() - timedelta(minutes=1)
        rarely = Q(used=None) | Q(used__lt=minute_ago)
        Token.objects.filter(rarely, pk=self.pk).update(used=timezone.now())


class IdempotencyKey(models.Model):
    """A key that a program sent with a request, and the conversion that the request made."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of the key."))
    request = models.CharField(max_length=64, help_text=_("SHA-256 of what was asked for."))
    upscale = models.ForeignKey(Upscale, models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("owner", "digest"), name="idempotency_key"),)

    def __str__(self) -> str:
        return self.digest


class SigningSecret(models.Model):
    """What a person's webhooks are signed with, so that the receiver knows who sent them."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    secret = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return str(self.owner)


class Webhook(models.Model):
    """An address that is told when conversions end: all of its owner's, or one."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=500)
    upscale = models.ForeignKey(Upscale, models.CASCADE, null=True, blank=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created",)

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message about the end of one conversion to one address, and how it went."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    upscale = models.ForeignKey(Upscale, models.SET_NULL, null=True, related_name="+")
    ended = models.DateTimeField(help_text=_("When the conversion ended; one that is tried again ends again."))
    event = models.CharField(max_length=40)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(default=timezone.now, help_text=_("When it is tried next."))
    answer = models.TextField(blank=True, help_text=_("What came of the last attempt, as the owner reads it."))
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created",)
        verbose_name_plural = _("deliveries")
        constraints = (
            models.UniqueConstraint(fields=("webhook", "upscale", "ended"), name="delivery_of_one_end_to_one_address"),
        )
        indexes = (
            models.Index(fields=("due",), condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=("created",), name="delivery_created"),
        )

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"
