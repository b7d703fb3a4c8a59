"""Links to one result, for people without an account: each ends by itself, and may ask for a password.

The last part of a link is a key, which finds the row, and a secret. Of the secret only its SHA-256 is kept, which is
enough for 192 random bits, and it is compared in constant time.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from videos.models import Upscale
from videos.quotas import Refused

MOST = 100  # of one person
KEPT = timedelta(days=30)  # a link that is over, for its owner to look at
KEY = 12  # characters of the key, which a secret follows


class Share(models.Model):
    """Lets whoever has the link look at one result. The secret half is known to whoever was shown it alone."""

    upscale = models.ForeignKey(Upscale, models.CASCADE, related_name="shares")
    key = models.CharField(max_length=KEY, unique=True, editable=False, help_text=_lazy("The half that finds the row."))
    digest = models.CharField(max_length=64, editable=False, help_text=_lazy("SHA-256 of the secret half."))
    password = models.CharField(
        max_length=128, blank=True, editable=False, help_text=_lazy("As Django hashes it, or none.")
    )
    download = models.BooleanField(default=False, help_text=_lazy("Not only to watch."))
    original = models.BooleanField(default=False, help_text=_lazy("Shows the original beside it."))
    views = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return str(self.upscale)

    @property
    def expired(self) -> bool:
        return self.expires <= timezone.now()

    @property
    def holds(self) -> bool:
        """Whether it opens anything now: a blocked owner shares nothing."""
        return not self.expired and self.upscale.video.owner.is_active and bool(self.upscale.result)

    def opens_with(self, password: str) -> bool:
        return check_password(password, self.password)

    def count_view(self) -> None:
        Share.objects.filter(pk=self.pk).update(views=F("views") + 1)


def make(
    upscale: Upscale, life: timedelta, password: str = "", download: bool = False, original: bool = False
) -> tuple[Share, str]:
    """A new link's row, and the last part of the link, which nobody can show again. Raises `Refused`."""
    if upscale.sample or not upscale.result:
        raise Refused(_("There is nothing to share yet; wait until the conversion is done."))
    if of_owner(upscale.video.owner).count() >= MOST:
        raise Refused(_("You have %(most)d links, which is the limit; revoke one first.") % {"most": MOST})
    key, secret = secrets.token_hex(KEY // 2), secrets.token_urlsafe(24)
    share = Share.objects.create(
        upscale=upscale,
        key=key,
        digest=_digest(secret),
        password=make_password(password) if password else "",
        download=download,
        original=original,
        expires=timezone.now() + life,
    )
    return share, key + secret


def find(shown: str) -> Share | None:
    """The row of the link that was shown, with its result, if it holds now."""
    key, secret = shown[:KEY], shown[KEY:]
    rows = Share.objects.select_related("upscale__video__owner")
    share = rows.filter(key=key).first() if key.isalnum() else None
    right = hmac.compare_digest(_digest(secret), share.digest if share else _digest(""))
    return share if share and right and share.holds else None


def of_owner(owner: User) -> "models.QuerySet[Share]":
    return Share.objects.filter(upscale__video__owner=owner).select_related("upscale__video")


def address(token: str) -> str:
    """The whole link."""
    return settings.SITE_URL + reverse("videos:shared", args=[token])


def forget_old() -> None:
    """Links that have long been over."""
    Share.objects.filter(expires__lt=timezone.now() - KEPT).delete()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
