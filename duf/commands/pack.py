"""`python -m duf pack RUN --data material`: one file from which another machine makes the run's shard."""

import argparse
from pathlib import Path

from duf.training import runs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a recipe in duf/recipes")
    parser.add_argument("--data", type=Path, required=True, help="a folder of clips and pictures to learn from")
    parser.add_argument("--to", type=Path, help="the file to write (RUN.zip)")
    parser.add_argument("--limit", type=float, default=55.0, help="its greatest size in MB (55)")


def run(args: argparse.Namespace) -> int:
    from duf.material.packing import pack
    from duf.training.recipe import read_recipe

    file = args.to or Path(f"{args.run}.zip")
    recipe = read_recipe(runs.recipe_file(args.run))
    left_out = pack(args.data, args.run, recipe.shard, file, int(args.limit * 1e6))
    print(f"{file}: {file.stat().st_size / 1e6:.1f} MB, {recipe.shard.samples} samples once unpacked")
    if left_out:
        print(f"{len(left_out)} file(s) found no room and will not be learnt from: {', '.join(left_out)}")
    return 0
