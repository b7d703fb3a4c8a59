"""Compare one pass and two of the smaller network and of the larger one, and write docs/larger.md."""

import argparse
from functools import partial
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clips", type=Path, help="a folder of sharp clips that nothing was trained on")


def run(args: argparse.Namespace) -> int:
    from duf.judging.larger import FILE, write_larger

    write_larger(args.clips, partial(print, flush=True))
    print(f"{FILE} is written.")
    return 0
