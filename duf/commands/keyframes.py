"""Compare a network on every frame with one on key frames only, and write docs/keyframes.md."""

import argparse
from functools import partial
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clips", type=Path, help="a folder of sharp clips that nothing was trained on")


def run(args: argparse.Namespace) -> int:
    from duf.judging.keyframes import FILE, write_keyframes

    write_keyframes(args.clips, partial(print, flush=True))
    print(f"{FILE} is written.")
    return 0
