"""`python -m duf models`: what can be chosen."""

import argparse

from duf.catalog import DEFAULT, MODELS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(args: argparse.Namespace) -> int:
    """Print a line for each model."""
    width = max(map(len, MODELS))
    for model in MODELS.values():
        scales = ", ".join(f"x{scale}" for scale in model.scales)
        default = "  [default]" if model.name == DEFAULT else ""
        print(f"{model.name:{width}} {scales:12} {model.title}{default}")
        if model.note:
            print(f"{'':{width}} {'':12} {model.note}")
    return 0
