"""What Django calls rows of ours and their fields, "frames done" for `frames_done`, in the language of the reader.

Names that are written down (`verbose_name`) are translated where they stand; these are made up, and translated here.
Migrations see nothing of it: they go by what is written down.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy, override

APPS = ("accounts", "api", "videos")


def translate() -> None:
    """Once, when all models are there."""
    for _module, named, attribute in _made_up():
        with override("en"):
            setattr(named, attribute, gettext_lazy(str(getattr(named, attribute))))


def names() -> Iterator[tuple[str, str]]:
    """All of them in English, and the module that each is from."""
    for module, named, attribute in _made_up():
        with override("en"):
            yield str(getattr(named, attribute)), module


def _made_up() -> Iterator[tuple[str, Any, str]]:
    """Whose they are, and where they are kept."""
    for model in (model for name in APPS for model in apps.get_app_config(name).get_models()):
        written = model._meta.original_attrs
        for attribute in ("verbose_name", "verbose_name_plural"):
            if attribute not in written:
                yield model.__module__, model._meta, attribute
        for field in (*model._meta.fields, *model._meta.many_to_many):
            if "verbose_name" not in field.deconstruct()[3]:
                yield model.__module__, field, "verbose_name"
