"""The videos app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _lazy


class VideosConfig(AppConfig):
    name = "videos"
    verbose_name = _lazy("Videos")

    def ready(self) -> None:
        """Models that have a module of their own."""
        for name in ("measured", "own_presets", "shares", "spending", "tags"):
            import_module(f"videos.{name}")
