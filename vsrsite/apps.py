"""The site itself as an app: it brings the system checks, and the names of rows in other languages."""

from importlib import import_module

from django.apps import AppConfig

from vsrsite import names


class SiteConfig(AppConfig):
    name = "vsrsite"

    def ready(self) -> None:
        import_module("vsrsite.checks")
        names.translate()  # it comes last of our apps, so all models are there
