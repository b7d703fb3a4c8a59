"""Train a streaming network, or go on where the run was stopped."""

import argparse
import math
from pathlib import Path

from duf.training import runs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", help="a recipe in duf/recipes; the next of docs/training.md if left out")
    parser.add_argument("--data", type=Path, required=True, help="a folder of clips and pictures to learn from")
    parser.add_argument("--to", type=Path, default=Path("runs"), help="where the run's folder is or comes (runs)")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after so long, ready to go on")


def run(args: argparse.Namespace) -> int:
    from duf.training.trainer import train

    name = args.run or runs.next_run()
    trainer = train(runs.recipe_file(name), args.data, args.to / name, args.minutes * 60)
    print(f"{name}: {trainer.step} of {trainer.recipe.steps} steps done, kept in {trainer.checkpoint}")
    return 0
