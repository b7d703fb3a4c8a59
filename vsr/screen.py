"""What the person at the terminal sees while it works. All of it goes to stderr; stdout is for results."""

import shutil
import sys


class Screen:
    """Lines that stay, and below them one that changes, if there is a terminal to change it on."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def say(self, text: str) -> None:
        """A line that stays."""
        self._clear()
        print(text, file=sys.stderr, flush=True)

    def show(self, text: str) -> None:
        """The line that changes."""
        if self._live:
            self._clear()
            width = shutil.get_terminal_size().columns - 1
            print(text[:width], end="", file=sys.stderr, flush=True)

    def bytes(self, what: str) -> "Bytes":
        return Bytes(self, what)

    def _clear(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr)


class Bytes:
    """How far a file is on its way."""

    def __init__(self, screen: Screen, what: str) -> None:
        self._screen = screen
        self._what = what

    def __call__(self, sent: int, size: int) -> None:
        percent = 100 * sent // size if size else 100
        self._screen.show(f"{self._what}  {percent} %  {sent / 1e6:.1f} of {size / 1e6:.1f} MB")


def span(seconds: float) -> str:
    """A length of time: 42 s, 3 min, 2 h 10 min."""
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def table(rows: list[list[str]]) -> str:
    """Columns as wide as they need to be."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
