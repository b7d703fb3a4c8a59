"""People: an e-mail address is the name, and limits may stand on the row."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address. An empty limit means the site's own."""

    email = models.EmailField("e-mail address", unique=True)
    is_staff = models.BooleanField("may open the admin", default=False)
    is_active = models.BooleanField("may sign in", default=True)
    date_joined = models.DateTimeField("joined", default=timezone.now, editable=False, db_index=True)

    max_stored_bytes = models.PositiveBigIntegerField("bytes stored", null=True, blank=True)
    max_videos = models.PositiveIntegerField("videos", null=True, blank=True)
    max_upload_bytes = models.PositiveBigIntegerField("bytes per upload", null=True, blank=True)
    max_seconds = models.PositiveIntegerField("seconds per video", null=True, blank=True)
    max_pixels = models.PositiveIntegerField("pixels per frame", null=True, blank=True)
    max_frames = models.PositiveIntegerField("frames per video", null=True, blank=True)

    # When a worker last took up a piece of this person's work: turns between people go by it.
    served = models.DateTimeField(null=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.email
