"""`python -m duf models`: what can be chosen."""

import argparse

from duf.catalog import DEFAULT, MODELS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(args: argparse.Namespace) -> int:
    """Print a line for each model."""
    for model in MODELS.values():
        scales = ", ".join(f"x{scale}" for scale in model.scales)
        default = "  [default]" if model.name == DEFAULT else ""
        print(f"{model.name:10} {scales:12} {model.title}{default}")
        if model.note:
            print(f"{'':23} {model.note}")
    return 0
