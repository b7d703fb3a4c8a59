"""The warm child takes the processor only when nobody else wants it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from duf.commands import serve


def test_each_of_its_threads_runs_at_the_lowest_priority_and_so_does_its_session() -> None:
    command, pipe = [sys.executable, "-m", "duf", "serve"], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True) as process:
        assert process.stdin and process.stdout
        process.stdin.write(b'{"id": "a request without anything to do"}\n')
        process.stdin.flush()
        assert b"error" in process.stdout.readline()  # so all that it needs is loaded
        threads = [int(task.name) for task in Path(f"/proc/{process.pid}/task").iterdir()]
        found = {(os.sched_getscheduler(thread), os.getpriority(os.PRIO_PROCESS, thread)) for thread in threads}
        session = Path(f"/proc/{process.pid}/autogroup")
        assert not session.exists() or session.read_text().split()[-1] == "19"
        process.stdin.close()
    assert found == {(os.SCHED_IDLE, 19)}


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
