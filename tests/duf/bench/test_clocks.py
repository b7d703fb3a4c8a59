import subprocess
import sys
import time
from pathlib import Path

import pytest

from duf.bench.clocks import Working, cores_used, watched
from duf.bench.plan import Plan
from duf.errors import MediaError
from duf.native import Threads


def test_a_run_of_the_command_line_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="run it to see why"):
        watched(tmp_path / "none.mp4", Plan())


def test_counts_what_the_children_of_a_living_child_used() -> None:
    burn = "import time; [None for _ in iter(lambda: time.process_time() < 0.35, False)]"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print(flush=True); input()"
    before = cores_used()
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout and child.stdout.readline()
        assert cores_used() - before > 0.3
        child.communicate(b"\n")


class Engine:
    """Burns as long as it is told, here and on two threads, and waits for nothing but those."""

    def __init__(self) -> None:
        self.threads = Threads(2)

    def remember(self, seconds: float) -> None:
        burn(seconds)

    def draw(self, seconds: float) -> None:
        self.threads.run(2, lambda first, last: burn(seconds))


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_an_engine_at_work_takes_what_its_callers_and_its_threads_do_and_nothing_else() -> None:
    engine = Engine()
    working = Working([engine])
    before = working()
    engine.remember(0.2)
    burn(0.3)
    engine.draw(0.1)
    assert working() - before == pytest.approx(0.4, abs=0.05)
