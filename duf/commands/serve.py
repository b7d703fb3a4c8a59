"""`python -m duf serve`: the site's warm child."""

import argparse
import os
import sys

from duf.service import Service

NICENESS = 10  # the web goes first


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(args: argparse.Namespace) -> int:
    """Answer until standard input closes."""
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no answer
    Service(sys.stdin, answers).run()
    return 0
