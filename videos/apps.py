"""The videos app."""

from django.apps import AppConfig


class VideosConfig(AppConfig):
    name = "videos"

    def ready(self) -> None:
        from videos import tags  # noqa: F401  # models of their own, which Django is to know
