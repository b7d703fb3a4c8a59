"""`python -m duf unpack RUN.zip`: make the shard of a packed run, so that `train RUN` finds it."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument("--to", type=Path, default=Path("runs"), help="where the run's folder is or comes (runs)")


def run(args: argparse.Namespace) -> int:
    from duf.material.packing import unpack

    folder, shard = unpack(args.file, args.to)
    print(f"{folder}: {len(shard.phase)} samples")
    return 0
