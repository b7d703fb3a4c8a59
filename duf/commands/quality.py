"""Measure the shipped models in every protocol and write docs/quality.md."""

import argparse
from functools import partial
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clips", type=Path, help="a folder of sharp clips that nothing was trained on")


def run(args: argparse.Namespace) -> int:
    from duf.judging.quality import FILE, write_quality

    write_quality(args.clips, partial(print, flush=True))
    print(f"{FILE} is written.")
    return 0
