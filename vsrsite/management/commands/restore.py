"""`manage.py restore FOLDER`: put a backup into an empty place. The site is started afterwards."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from vsrsite import backup


class Command(BaseCommand):
    help = "Checks a backup, and puts its database and files into an empty VAR_DIR and an empty database."

    requires_system_checks = []  # they look for the folders that are made here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            manifest = backup.restore(folder.resolve())
        except (backup.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(manifest.files)} files of {manifest.made} are back. Start the site.")
