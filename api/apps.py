"""What programs use: the REST API, its tokens and webhooks. It knows `videos`; `videos` does not know it."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        from api import passwords  # noqa: F401  it listens
