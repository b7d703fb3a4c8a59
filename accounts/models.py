"""People: an e-mail address is the name, and limits may stand on the row, or on groups.

Also how they are invited, and what they did.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Whoever makes one has the machine in hand: the address counts as seen, for mail may not work yet."""
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class Limits(models.Model):
    """What somebody may use; an empty limit is left to whoever is asked next (`videos.quotas`)."""

    max_stored_bytes = models.PositiveBigIntegerField(_("bytes stored"), null=True, blank=True)
    max_videos = models.PositiveIntegerField(_("videos"), null=True, blank=True)
    max_upload_bytes = models.PositiveBigIntegerField(_("bytes per upload"), null=True, blank=True)
    max_seconds = models.PositiveIntegerField(_("seconds per video"), null=True, blank=True)
    max_pixels = models.PositiveIntegerField(_("pixels per frame"), null=True, blank=True)
    max_frames = models.PositiveIntegerField(_("frames per video"), null=True, blank=True)
    max_month_work = models.PositiveBigIntegerField(_("megapixel-frames a month"), null=True, blank=True)
    max_jobs = models.PositiveIntegerField(_("jobs at once"), null=True, blank=True)

    class Meta:
        abstract = True


class GroupLimits(Limits):
    """What the people of a group may use, where their own rows say nothing."""

    group = models.OneToOneField(Group, models.CASCADE, primary_key=True, related_name="limits")

    class Meta:
        verbose_name = verbose_name_plural = _("limits")

    def __str__(self) -> str:
        return str(self.group)


GROUPS = models.Prefetch("groups", Group.objects.select_related("limits"))


class User(AbstractBaseUser, PermissionsMixin, Limits):
    """A person who signs in with an e-mail address."""

    email = models.EmailField(_("e-mail address"), unique=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False, db_index=True)

    language = models.CharField(
        _("language"), max_length=10, blank=True, choices=settings.LANGUAGES, help_text=_("Of the mail they get.")
    )
    mail_when_done = models.BooleanField(_("gets mail when conversions end"), default=False)

    # When a worker last took up a piece of this person's work: turns between people go by it.
    served = models.DateTimeField(null=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.email

    @property
    def group_limits(self) -> list[GroupLimits]:
        """Of all groups that have any; asked for once."""
        models.prefetch_related_objects([self], GROUPS)
        return [group.limits for group in self.groups.all() if hasattr(group, "limits")]


def new_token() -> str:
    return secrets.token_urlsafe(24)


def some_days_on() -> datetime:
    return timezone.now() + timedelta(days=settings.INVITATION_DAYS)


class Invitation(models.Model):
    """Whoever has the link may make one account."""

    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    email = models.EmailField(
        _("for"), blank=True, help_text=_("Only this address may sign up by it. Empty: whoever has the link.")
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    made = models.DateTimeField(auto_now_add=True, db_index=True)
    expires = models.DateTimeField(_("good until"), default=some_days_on)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    taken_by_name = models.EmailField(_("used by"), blank=True, editable=False)

    class Meta:
        ordering = ("-made",)

    def __str__(self) -> str:
        return self.email or f"of {self.made:%Y-%m-%d %H:%M}"

    @classmethod
    def good(cls) -> "models.QuerySet[Invitation]":
        """Those that still let somebody in."""
        return cls.objects.filter(taken_by_name="", expires__gt=timezone.now())


class Event(models.Model):
    """Something that somebody did, as it was at that time: the names stay when people and things are gone."""

    class What(models.TextChoices):
        SIGNED_IN = "signed_in", _("signed in")
        SIGN_IN_FAILED = "sign_in_failed", _("failed to sign in")
        SIGNED_OUT = "signed_out", _("signed out")
        SIGNED_UP = "signed_up", _("signed up")
        PASSWORD_CHANGED = "password_changed", _("changed the password")
        PASSWORD_RESET = "password_reset", _("reset the password by e-mail")
        EMAIL_CHANGED = "email_changed", _("changed the e-mail address")
        FACTOR_ADDED = "factor_added", _("added a second factor")
        FACTOR_REMOVED = "factor_removed", _("removed a second factor")
        FACTOR_RESET = "factor_reset", _("made new recovery codes")
        FACTOR_FAILED = "factor_failed", _("failed at the second factor")
        TOKEN_MADE = "token_made", _("made an access token")
        TOKEN_REVOKED = "token_revoked", _("revoked an access token")
        VIDEO_DELETED = "video_deleted", _("deleted a video")
        RESULT_DELETED = "result_deleted", _("deleted a result")
        ACCOUNT_DELETED = "account_deleted", _("deleted the account")
        DOWNLOADED = "downloaded", _("downloaded")
        LINK_MADE = "link_made", _("made a share link")
        LINK_REVOKED = "link_revoked", _("revoked a share link")
        INVITED = "invited", _("invited somebody")
        BLOCKED = "blocked", _("blocked an account")
        UNBLOCKED = "unblocked", _("unblocked an account")
        JOBS_CHANGED = "jobs_changed", _("changed somebody's jobs")

    when = models.DateTimeField(auto_now_add=True, db_index=True)
    what = models.CharField(max_length=20, choices=What)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    name = models.EmailField(_("who"), blank=True)
    about = models.TextField(blank=True)
    address = models.GenericIPAddressField(_("from"), null=True)

    class Meta:
        ordering = ("-when", "-pk")
        verbose_name_plural = _("audit log")

    def __str__(self) -> str:
        return f"{self.name or self.about} {self.get_what_display()}"
