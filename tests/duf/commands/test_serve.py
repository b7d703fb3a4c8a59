"""The warm child takes the processor only when nobody else wants it."""

import os
import subprocess
import sys

import pytest

from duf.commands import serve

CODE = """
import os
from pathlib import Path
from duf.commands.serve import AUTOGROUP, yield_to_others
yield_to_others()
session = AUTOGROUP.read_text().split()[-1] if AUTOGROUP.exists() else "19"
print(os.nice(0), os.sched_getscheduler(0), session)
"""


def test_it_runs_at_the_lowest_priority_and_so_does_its_session() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, start_new_session=True
    )
    assert done.stdout.split() == ["19", str(os.SCHED_IDLE), "19"]


def test_it_asks_again_when_others_ask_at_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Busy:
        def exists(self) -> bool:
            return True

        def write_text(self, text: str) -> None:
            asked.append(text)
            if len(asked) < 3:
                raise BlockingIOError

    monkeypatch.setattr(serve, "AUTOGROUP", Busy())
    monkeypatch.setattr(serve, "PAUSE", 0)
    monkeypatch.setattr(os, "getsid", lambda _: os.getpid())
    serve.yield_as_a_session()
    assert asked == ["19"] * 3
