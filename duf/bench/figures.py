"""Figures as they are measured: by their runs, as a table, kept as JSON, compared with earlier ones."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from duf import markdown
from duf.bench.plan import Plan
from duf.errors import MediaError


@dataclass(frozen=True)
class Measure:
    """One figure by its runs."""

    name: str
    unit: str
    values: list[float]

    @property
    def middle(self) -> float:
        return median(self.values)

    def row(self) -> list[str]:
        least, greatest = min(self.values), max(self.values)
        return [self.name, f"{self.middle:.4g}", f"{least:.4g} to {greatest:.4g}", self.unit]


def table(measures: list[Measure], before: dict[str, Measure] | None = None) -> str:
    """Markdown; with what `before` measured, how much of that each figure is, and between what bounds."""
    heading, lines = ["what", "median", "least to greatest", "unit"], [measure.row() for measure in measures]
    if before is None:
        return markdown.table(heading, lines)
    ratios = [_ratio(measure, before.get(measure.name)) for measure in measures]
    return markdown.table([*heading, "of before"], [[*line, more] for line, more in zip(lines, ratios, strict=True)])


def _ratio(now: Measure, before: Measure | None) -> str:
    if before is None or now.unit != before.unit or not min(before.values) > 0:
        return ""
    least, greatest = min(now.values) / max(before.values), max(now.values) / min(before.values)
    return f"{now.middle / before.middle:.2f} ({least:.2f} to {greatest:.2f})"


def save(path: Path, plan: Plan, where: dict[str, Any], measures: list[Measure]) -> None:
    """Write a run as JSON, for `read_run`."""
    run = {"machine": where, "plan": asdict(plan), "measures": [asdict(measure) for measure in measures]}
    path.write_text(json.dumps(run, indent=2) + "\n")


def read_run(path: Path) -> dict[str, Measure]:
    """The figures of a run that was saved. MediaError if it is something else."""
    try:
        return {entry["name"]: Measure(**entry) for entry in json.loads(path.read_text())["measures"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MediaError(f"{path} is no result of `python -m duf bench --json` ({error}): name another.") from error
