"""`manage.py quotes [--write docs/quotes.md]`: how near the quotes of all finished jobs came to the truth."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from videos.quotes import Truth, truths

NEAR = 0.25  # by which the truth may differ from the quote

HEAD = """# Quotes

Written by `python manage.py quotes --write docs/quotes.md` over every finished job of a site that had a quote
(`python -m tests.quotes CLIPS` makes such a site of a folder of clips). Time is from the click to the result, beside
the quoted work and wait; "around" is what of it was no work on frames; a ratio is the truth divided by the quote.
"""


class Command(BaseCommand):
    help = "Compares the quotes of finished jobs with what they took."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", type=Path, metavar="FILE")

    def handle(self, *args: Any, write: Path | None, **options: Any) -> None:
        page = "\n".join(lines(truths())) + "\n"
        if write:
            write.write_text(page)
        else:
            self.stdout.write(page)


def lines(found: list[Truth]) -> Iterator[str]:
    """The page, line by line."""
    times = [truth.time_ratio for truth in found]
    sizes = [ratio for truth in found if (ratio := truth.size_ratio)]
    yield HEAD
    yield f"Within {NEAR:.0%} of the quote: the time of {near(times)}, the size of {near(sizes)}."
    yield ""
    yield "| source | model | quoted time | time | around | ratio | within the spread | quoted size | size | ratio |"
    yield "|" + " --- |" * 10
    yield from (row(truth) for truth in found)


def near(ratios: list[float]) -> str:
    """How many of them are near 1."""
    return f"{sum(abs(ratio - 1) <= NEAR for ratio in ratios)} of {len(ratios)}"


def row(truth: Truth) -> str:
    job, quote = truth.job, truth.quote
    picture = job.video.clip.video
    spread = quote.wait + quote.low <= truth.seconds <= quote.wait + quote.high
    cells = [
        f"{picture.width}x{picture.height}, {job.frames} frames",
        f"{job.model} x{job.scale}",
        f"{quote.wait + quote.seconds:.1f} s",
        f"{truth.seconds:.1f} s",
        f"{truth.around:.1f} s",
        f"{truth.time_ratio:.2f}",
        "yes" if spread else "no",
        f"{quote.bytes / 1e6:.2f} MB" if quote.bytes else "",
        f"{(job.size or 0) / 1e6:.2f} MB",
        f"{truth.size_ratio:.2f}" if truth.size_ratio else "",
    ]
    return f"| {' | '.join(cells)} |"
