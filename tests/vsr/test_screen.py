"""Progress on a terminal and without one."""

import sys

import pytest

from vsr.screen import Screen, span, table


def test_on_a_terminal_one_line_changes_and_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    screen = Screen()
    screen.bytes("a very long name.mp4")(1_000_000, 4_000_000)
    screen.say("done")
    out, said = capsys.readouterr()
    assert out == ""
    assert said == "\r\x1b[Ka very long name.mp\r\x1b[Kdone\n"


def test_elsewhere_only_the_lines_that_stay_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.bytes("film.mp4")(1, 4)
    screen.say("done")
    assert capsys.readouterr() == ("", "done\n")


@pytest.mark.parametrize("seconds, told", [(42.4, "42 s"), (185, "3 min"), (7800, "2 h 10 min")])
def test_lengths_of_time_are_told_shortly(seconds: float, told: str) -> None:
    assert span(seconds) == told


def test_columns_are_as_wide_as_they_need_to_be() -> None:
    assert table([["A", "B"], ["long", ""]]) == "A     B\nlong"
