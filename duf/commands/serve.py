"""`python -m duf serve`: the site's warm child."""

import argparse
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from duf.service import Service

LOWEST = 19
AUTOGROUP = Path("/proc/self/autogroup")
THREADS = Path("/proc/self/task")
TRIES, PAUSE = 20, 0.1  # Linux lets one session in a tenth of a second change its niceness


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def yield_to_others() -> None:
    """Take the processor only when others leave it."""
    for thread in THREADS.iterdir():  # libraries have begun some as they were loaded; later ones take after us
        with suppress(OSError):  # it has ended, or some sandbox forbids it
            os.setpriority(os.PRIO_PROCESS, int(thread.name), LOWEST)
            os.sched_setscheduler(int(thread.name), os.SCHED_IDLE, os.sched_param(0))
    with suppress(OSError):
        yield_as_a_session()


def yield_as_a_session() -> None:
    """Let our session yield as a whole, for Linux first shares the processor out between sessions."""
    for _ in range(TRIES):
        with suppress(BlockingIOError):
            if AUTOGROUP.exists() and os.getsid(0) == os.getpid():
                AUTOGROUP.write_text(str(LOWEST))
            return
        time.sleep(PAUSE)


def run(args: argparse.Namespace) -> int:
    """Answer until standard input closes."""
    yield_to_others()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    Service(sys.stdin, answers).run()
    return 0
