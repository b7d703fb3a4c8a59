"""What programs use: the REST API, its tokens and webhooks. It knows `videos`; `videos` does not know it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _lazy


class ApiConfig(AppConfig):
    name = "api"
    verbose_name = _lazy("API")

    def ready(self) -> None:
        from api import passwords  # noqa: F401  it listens
