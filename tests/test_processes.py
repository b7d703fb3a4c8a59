"""How what a test starts gets on."""

from pathlib import Path

import pytest

from tests.processes import come_forward


@pytest.mark.parametrize(
    ("before", "after"),
    [("/autogroup-7 nice 19\n", "0"), ("/autogroup-7 nice -5\n", "/autogroup-7 nice -5\n"), ("", "")],
)
def test_only_sessions_that_yield_more_are_told_to_yield_less(tmp_path: Path, before: str, after: str) -> None:
    session = tmp_path / "autogroup"
    session.write_text(before)
    come_forward(session, 0)
    assert session.read_text() == after
