"""What the pages that programs write are made of."""

CHART = """```mermaid
xychart-beta
    title "{title}"
    x-axis "{across}" {points}
    y-axis "{up}" 0 --> {top:.3g}
    bar {values}
```"""


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows))


def chart(title: str, across: str, points: list[str], up: str, values: list[float]) -> str:
    """A bar for each point, as Mermaid draws it."""
    named = ", ".join(f'"{point}"' for point in points)
    drawn = ", ".join(f"{value:.4g}" for value in values)
    return CHART.format(
        title=title, across=across, points=f"[{named}]", up=up, top=1.2 * max(values), values=f"[{drawn}]"
    )
