"""`python -m duf serve`: the site's warm child."""

import argparse
import os
import sys
from contextlib import suppress

from duf.service import Service

LOWEST = 19


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def yield_to_others() -> None:
    """Take the processor only when the site's other processes leave it."""
    os.nice(LOWEST)
    with suppress(OSError):  # some sandboxes forbid it
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def run(args: argparse.Namespace) -> int:
    """Answer until standard input closes."""
    yield_to_others()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    Service(sys.stdin, answers).run()
    return 0
