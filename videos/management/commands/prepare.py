"""`manage.py prepare`: everything the site needs before it starts. Safe to repeat, and for many to do at once."""

import errno
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.checks import CheckMessage, run_checks
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from accounts import administrator
from accounts.models import User
from videos.storage import store
from vsrsite import env, locks, reaching
from vsrsite.paths import VAR_DIR


class Command(BaseCommand):
    help = "Makes the folders, the tables, the static files and, from ADMIN_EMAIL, the first administrator."

    requires_system_checks = []  # they look for the folders that are made here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-static", action="store_true", help="The static files are in the image already.")
        parser.add_argument("--wait", action="store_true", help="Only wait until another process has made the tables.")

    def handle(self, *args: Any, wait: bool, no_static: bool, **options: Any) -> None:
        try:
            self._prepare(wait, no_static)
        except (OSError, OperationalError) as error:
            if getattr(error, "errno", None) != errno.ENOSPC and "disk is full" not in str(error):
                raise
            raise CommandError(
                f"The disk with VAR_DIR={VAR_DIR} is full; free some space, or set VAR_DIR to a folder on another disk."
            ) from error

    def _prepare(self, wait: bool, no_static: bool) -> None:
        self._folders()
        reaching.wait_for_servers(self.stderr.write, env.integer("DATABASE_SECONDS", 60))
        if wait:
            reaching.wait_for_tables(self.stderr.write)
            self._check()
            return
        with locks.one_at_a_time():
            self._check()
            call_command("migrate", interactive=False, verbosity=0)
            if not no_static:
                call_command("collectstatic", interactive=False, verbosity=0)
            self._first_administrator()

    def _folders(self) -> None:
        made = dict.fromkeys((VAR_DIR, VAR_DIR / "cache", VAR_DIR / "logs"), "VAR_DIR")
        for folder, setting in {**made, settings.MEDIA_ROOT: "MEDIA_DIR"}.items():
            try:
                folder.mkdir(parents=True, exist_ok=True)
                TemporaryFile(dir=folder).close()
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise
                raise CommandError(
                    f"{setting}: {folder} cannot be written ({error.strerror}); give it to the user who runs the site, "
                    "or name another folder."
                ) from error

    def _check(self) -> None:
        """What is wrong ends the start, each thing in a sentence with its cure; what is doubtful is told."""
        found = [message for message in run_checks(databases=["default"]) if not message.is_silenced()]
        wrong = [_sentence(message) for message in found if message.is_serious()]
        if wrong:
            raise CommandError("\n".join(wrong))
        for message in found:
            self.stderr.write(_sentence(message))
        if settings.S3_BUCKET and (trouble := store().trouble()):
            raise CommandError(trouble)

    def _first_administrator(self) -> None:
        if administrator.exists():
            return
        email, password = env.text("ADMIN_EMAIL").lower(), env.text("ADMIN_PASSWORD")
        if not email or not password:
            self.stdout.write(
                f"There is no administrator yet. Open {administrator.address()} and give the code "
                f"{administrator.code()}, or make one here with: {env.text('MAKE_ADMIN', 'make admin')}"
            )
            return
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(f"ADMIN_PASSWORD: {' '.join(error.messages)} Choose another.") from error
        User.objects.create_superuser(email, password)
        self.stdout.write(f"Made the first administrator, {email}.")


def _sentence(message: CheckMessage) -> str:
    return f"{message.msg} {message.hint or ''}".strip()
