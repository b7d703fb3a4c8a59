"""Measure what larger and longer clips take, and write docs/growth.md (a quarter of an hour)."""

import argparse
import sys
from functools import partial

from duf.catalog import DEFAULT, MODELS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default=DEFAULT, choices=list(MODELS))
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4))


def run(args: argparse.Namespace) -> int:
    from duf.bench.clocks import described, machine
    from duf.bench.growth import FILE, write_growth
    from duf.bench.plan import Plan

    write_growth(Plan(args.model, scale=args.scale), described(machine()), partial(print, file=sys.stderr, flush=True))
    print(f"{FILE} is written.")
    return 0
