"""A process that is not let run is told from one that waits for something else, and from one that works."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from duf.processes import is_starved, stat

ENDLESS = "while True: pass"


@contextmanager
def running(program: str) -> Iterator[int]:
    """The number of a process on one processor, the same one for all."""
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
        try:
            yield process.pid
        finally:
            process.kill()


def test_the_idlest_of_a_processor_that_never_rests_starves() -> None:
    with running(ENDLESS), running(ENDLESS) as idlest:
        os.sched_setscheduler(idlest, os.SCHED_IDLE, os.sched_param(0))
        assert is_starved(idlest)


def test_one_that_is_stopped_or_sleeps_does_not() -> None:
    with running(ENDLESS) as stopped, running("import time; time.sleep(60)") as asleep:
        os.kill(stopped, signal.SIGSTOP)
        while stat(asleep)[0] != "S":
            pass
        assert not is_starved(stopped) and not is_starved(asleep)


def test_one_that_has_ended_does_not() -> None:
    with running("") as ended:
        pass
    assert stat(ended) == [] and not is_starved(ended)
