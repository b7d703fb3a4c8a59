"""What became of the cells that were run, kept between runs; and which code it was that they were run on."""

import hashlib
import json
from dataclasses import asdict, dataclass

from vsrsite.paths import BASE_DIR

FILE = BASE_DIR / "var" / "reliability.json"
FOLDERS = ("accounts", "api", "duf", "videos", "vsrsite")  # what the site runs

Cell = tuple[str, str]  # fault and moment


@dataclass(frozen=True)
class Outcome:
    """`said` is empty if all was well."""

    seconds: float  # until the site answered again
    said: str = ""
    code: str = ""

    @property
    def good(self) -> bool:
        return not self.said

    def __str__(self) -> str:
        return self.said or f"ok, {self.seconds:.1f} s"


def code() -> str:
    """Another one as soon as a program of the site is."""
    files = sorted(path for folder in FOLDERS for path in (BASE_DIR / folder).rglob("*.py"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(BASE_DIR)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def kept() -> dict[Cell, Outcome]:
    """The latest outcome of each cell that was ever run."""
    if not FILE.exists():
        return {}
    return {(fault, moment): Outcome(**entry) for fault, moment, entry in json.loads(FILE.read_text())}


def keep(cell: Cell, outcome: Outcome) -> None:
    cells = kept() | {cell: outcome}
    FILE.parent.mkdir(exist_ok=True)
    new = FILE.with_suffix(".new")
    new.write_text(json.dumps([[*where, asdict(found)] for where, found in cells.items()], indent=1))
    new.replace(FILE)
