"""docs/reliability.md: each program writes its own part of it and leaves the others as they are."""

import re

from vsrsite.paths import BASE_DIR

FILE = BASE_DIR / "docs" / "reliability.md"
HEAD = "# Reliability\n\nWritten by the programs that each part names; nothing here is typed by hand.\n"


def write(title: str, text: str) -> None:
    """Put this under its heading."""
    page = FILE.read_text() if FILE.exists() else HEAD
    part = f"## {title}\n\n{text.strip()}\n"
    old = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    found = old.search(page)
    FILE.write_text(old.sub(lambda _: part + "\n", page).rstrip() + "\n" if found else f"{page.rstrip()}\n\n{part}")
