"""Compare the same network run both ways with a larger one run once, and write docs/larger.md."""

import argparse
from functools import partial
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clips", type=Path, help="a folder of sharp clips that nothing was trained on")
    parser.add_argument("--run", type=Path, required=True, help="the folder of the larger one's run of training")


def run(args: argparse.Namespace) -> int:
    from duf.judging.larger import FILE, write_larger

    write_larger(args.run, args.clips, partial(print, flush=True))
    print(f"{FILE} is written.")
    return 0
