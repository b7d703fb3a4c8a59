"""The videos app."""

from importlib import import_module

from django.apps import AppConfig


class VideosConfig(AppConfig):
    name = "videos"

    def ready(self) -> None:
        for name in ("shares", "spending", "tags"):  # have models of their own
            import_module(f"videos.{name}")
