"""docs/training.md as a to-do list and a log: which run comes next, and what each gave."""

import re
from itertools import zip_longest
from pathlib import Path

from duf.errors import ModelError

RECIPES = Path(__file__).parents[1] / "recipes"
LOG = Path(__file__).parents[2] / "docs" / "training.md"
ABLATION = "ablation-"  # how the names of runs begin that were made to compare networks, not to ship


def recipe_file(run: str) -> Path:
    """Where a run's recipe lies; ModelError if there is none."""
    file = RECIPES / f"{run}.toml"
    if not file.exists():
        known = ", ".join(sorted(p.stem for p in RECIPES.glob("*.toml")))
        raise ModelError(f"There is no training run called {run}: choose one of {known}, or write {file.name}.")
    return file


def next_run(log: Path = LOG) -> str:
    """The first run of the log that is not ticked; ModelError if all are."""
    waiting = re.search(r"^- \[ \] `([\w-]+)`", log.read_text(), re.MULTILINE)
    if waiting is None:
        raise ModelError(f"Every run in {log.name} is done: add the next one there and its recipe to duf/recipes.")
    return waiting[1]


def tick(log: Path, run: str) -> None:
    """Marks a run as done."""
    log.write_text(log.read_text().replace(f"- [ ] `{run}`", f"- [x] `{run}`"))


def append(log: Path, cells: list[str]) -> None:
    """A row at the end of the log, whose last section is the table of results."""
    with log.open("a") as file:
        file.write("| " + " | ".join(cells) + " |\n")


def results(log: Path = LOG) -> list[dict[str, str]]:
    """The rows of the log by heading, oldest first; a row may have fewer cells than there are headings."""
    *_, last = log.read_text().split("\n## ")
    lines = [line.strip().strip("|") for line in last.splitlines() if line.startswith("|")]
    headings, *rows = [[cell.strip() for cell in line.split("|")] for line in lines if set(line) - set("-|: ")] or [[]]
    return [dict(zip_longest(headings, row, fillvalue="")) for row in rows]


def purpose(run: str) -> str:
    """What a run is for: the comment that its recipe begins with."""
    first, *_ = recipe_file(run).read_text().splitlines() or [""]
    return first.removeprefix("#").strip()
