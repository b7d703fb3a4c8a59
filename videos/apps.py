"""The videos app."""

from importlib import import_module

from django.apps import AppConfig


class VideosConfig(AppConfig):
    name = "videos"

    def ready(self) -> None:
        import_module("videos.shares")  # has a model
