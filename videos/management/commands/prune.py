"""`manage.py prune`: remove now what the sweep would remove within the minute; `--dry-run` only says what that is."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import filesizeformat

from videos import retention
from videos.work import sweeping


class Command(BaseCommand):
    help = "Removes expired results and originals, unfinished uploads past their time, and files that no row knows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would be removed, and leave it.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        found = list(due())
        for line in found:
            self.stdout.write(line)
        if not dry_run:
            sweeping.clear_away()
        self.stdout.write(f"{len(found)} would be removed." if dry_run else f"{len(found)} removed.")


def due() -> Iterator[str]:
    """What is due, a line each."""
    for upscale in retention.due_results():
        yield f"result of {upscale}, {upscale.video.owner}, {filesizeformat(upscale.size or 0)}"
    for video in retention.due_originals():
        yield f"original of {video}, {video.owner}, {filesizeformat(video.size)}"
    for video in sweeping.expired_uploads().select_related("owner"):
        yield f"unfinished upload of {video}, {video.owner}, {filesizeformat(video.offset)}"
    for path in sweeping.unknown_files():
        yield f"file without a row, {path.relative_to(settings.MEDIA_ROOT)}"
