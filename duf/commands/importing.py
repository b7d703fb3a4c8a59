"""`python -m duf import params_16L_x4.h5`: the original authors' parameters become a model of this installation."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", type=Path, help="the authors' file; depth and scale are found in it")
    parser.add_argument("--name", help="what the model is called (duf-16-authors or of whatever depth)")
    parser.add_argument("--to", type=Path, metavar="DIR", help="the folder of models ($VSR_MODELS or var/models)")
    parser.add_argument("--half", action="store_true", help="store 16-bit numbers: half the size")


def run(args: argparse.Namespace) -> int:
    """Import one file and say where it went."""
    from duf.importing import import_file

    path, card = import_file(args.file, args.name, args.to, args.half)
    print(f"{card.name} x{card.scale}: written to {path}.npz, described in {path}.json")
    return 0
