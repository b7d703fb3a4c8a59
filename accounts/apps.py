"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _lazy


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _lazy("Accounts")

    def ready(self) -> None:
        import_module("accounts.audit")  # listens
        import_module("accounts.languages")  # listens
