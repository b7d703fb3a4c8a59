"""What is kept of a run, and what the next one takes up."""

from pathlib import Path

import pytest

from tests.reliability import matrix, outcomes
from tests.reliability.outcomes import Outcome

FIRST, SECOND = ((fault.name, kind.name) for fault, kind in matrix.cells()[:2])


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "FILE", tmp_path / "var" / "outcomes.json")


def names(left: bool = False) -> list[tuple[str, str]]:
    return [(fault.name, kind.name) for fault, kind in matrix.chosen([], [], left)]


def test_the_latest_outcome_of_a_cell_is_kept() -> None:
    assert outcomes.kept() == {}
    outcomes.keep(FIRST, Outcome(1.0, "a file is gone"))
    outcomes.keep(SECOND, Outcome(2.0))
    outcomes.keep(FIRST, Outcome(3.0))
    assert outcomes.kept() == {FIRST: Outcome(3.0), SECOND: Outcome(2.0)}


def test_a_run_takes_up_what_was_not_ok_on_this_code() -> None:
    assert names()[:2] == [FIRST, SECOND]
    outcomes.keep(FIRST, Outcome(1.0, code=outcomes.code()))
    outcomes.keep(SECOND, Outcome(1.0, "a file is gone", code=outcomes.code()))
    assert FIRST not in names() and SECOND in names()
    outcomes.keep(FIRST, Outcome(1.0, code="older"))
    assert FIRST in names() and FIRST not in names(left=True)


def test_the_table_has_every_cell() -> None:
    table = matrix.table({FIRST: Outcome(1.0), SECOND: Outcome(0.0, "a file is gone")})
    assert table.count("| ok, 1.0 s |") == 1 and table.count("| a file is gone |") == 1
    assert table.count(matrix.NOT_RUN) == len(matrix.cells()) - 2
