"""The site itself as an app: it brings the system checks."""

from importlib import import_module

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "vsrsite"

    def ready(self) -> None:
        import_module("vsrsite.checks")
