"""Measure a run of training, ship its weights if they are better, and log it in docs/training.md."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="the folder of the run, for example runs/stream-x4")
    parser.add_argument("--clips", type=Path, required=True, help="a folder of clips that nothing was trained on")


def run(args: argparse.Namespace) -> int:
    from duf.training.release import opened, release

    better = release(opened(args.run), args.clips)
    print("shipped" if better else "not shipped: what ships is as good or better")
    return 0
