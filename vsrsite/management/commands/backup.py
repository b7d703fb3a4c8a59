"""`manage.py backup FOLDER`: everything that is yours, of one moment, while the site goes on."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from vsrsite import backup


class Command(BaseCommand):
    help = "Writes the database and all files into a new folder. The site may run meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--portable", action="store_true", help="Rows as JSON, for another kind of database.")

    def handle(self, *args: Any, folder: Path, portable: bool, **options: Any) -> None:
        try:
            manifest, lost = backup.make(folder.resolve(), portable)
        except (backup.BackupError, OSError) as error:
            raise CommandError(f"There is no backup: {error}") from error
        for path in lost:
            self.stderr.write(f"The site has lost {path}; the backup is without it.")
        size = filesizeformat(sum(size for size, _ in manifest.files.values()))
        self.stdout.write(f"{len(manifest.files)} files, {size}, are in {folder}.")
