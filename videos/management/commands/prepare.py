"""`manage.py prepare`: everything the site needs before it starts. Safe to repeat."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from vsrsite import env
from vsrsite.paths import VAR_DIR


class Command(BaseCommand):
    help = "Makes the folders, the tables, the static files and, from ADMIN_EMAIL, the first administrator."

    requires_system_checks = []  # they look for the folders that are made here

    def handle(self, *args: Any, **options: Any) -> None:
        self._folders()
        call_command("check", databases=["default"])
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self._first_administrator()

    def _folders(self) -> None:
        try:
            for folder in (settings.MEDIA_ROOT, VAR_DIR / "cache", VAR_DIR / "logs"):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"{error}: give VAR_DIR={VAR_DIR} to the user who runs the site.") from error

    def _first_administrator(self) -> None:
        email, password = env.text("ADMIN_EMAIL").lower(), env.text("ADMIN_PASSWORD")
        if not email or not password or User.objects.filter(is_superuser=True).exists():
            return
        User.objects.create_superuser(email, password)
        self.stdout.write(f"Made the first administrator, {email}.")
