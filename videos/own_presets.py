"""A person's own presets: the choices of a form under a name."""

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext

from accounts.models import User
from videos.quotas import Refused

MOST = 50  # of one person
LONGEST = 40  # characters of a name


class OwnPreset(models.Model):
    """What a person fills forms in with."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="presets")
    name = models.CharField(max_length=LONGEST)
    values = models.JSONField(help_text="Of the form's fields, by name.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("owner", "name"), name="preset_of_owner"),)

    def __str__(self) -> str:
        return self.name


def save(owner: User, name: str, values: dict[str, Any]) -> OwnPreset:
    """Keep choices under a name, in the place of those that had it. Raises `Refused`."""
    name = " ".join(name.split())[:LONGEST]
    if not name:
        raise Refused(gettext("A preset needs a name; write one first."))
    with transaction.atomic():
        if OwnPreset.objects.filter(owner=owner).exclude(name=name).count() >= MOST:
            raise Refused(gettext("You have {most} presets, which is the limit; delete one first.").format(most=MOST))
        return OwnPreset.objects.update_or_create(owner=owner, name=name, defaults={"values": values})[0]
