"""`python -m duf collect`: clips to learn from, out of Pixabay or a folder of one's own videos."""

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path

from duf.errors import MediaError

KEY = "PIXABAY_KEY"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, nargs="?", help="a folder of your own videos; nothing in it is changed")
    parser.add_argument("--keyword", metavar="WORDS", help=f"search Pixabay (walking,animal) with the key in ${KEY}")
    parser.add_argument("--seconds", type=seconds, help="how long they last: 8-15 on Pixabay, 1-15 from a folder")
    parser.add_argument("--most", type=int, default=20, help="videos a keyword (20); Pixabay wants no mass downloads")
    parser.add_argument("--kind", choices=("film", "animation", "all"), default="film")
    parser.add_argument("--to", type=Path, default=Path("material"), help="where the clips come (material)")


def run(args: argparse.Namespace) -> int:
    if (args.folder is None) == (args.keyword is None):
        raise MediaError("Name either a folder of your own videos or --keyword for Pixabay.")
    for line in _own(args) if args.folder else _pixabay(args):
        print(line, flush=True)
    return 0


def seconds(text: str) -> tuple[float, float]:
    """`8-15` as a range."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", text)
    if not found or float(found[1]) > float(found[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is no range of seconds; write 8-15")
    return float(found[1]), float(found[2])


def _own(args: argparse.Namespace) -> Iterator[str]:
    from duf.material.collect import SCENE, from_folder

    return from_folder(args.folder, args.to, args.seconds or (SCENE, 15.0))


def _pixabay(args: argparse.Namespace) -> Iterator[str]:
    from duf.material.collect import Pixabay, from_pixabay

    key = os.environ.get(KEY)
    if not key:
        raise MediaError(f"Pixabay asks for a key: set {KEY} to yours (free, see https://pixabay.com/api/docs/).")
    words = [word.strip() for word in args.keyword.split(",") if word.strip()]
    site = Pixabay(key, args.to / ".pixabay")
    return from_pixabay(site, words, args.to, args.seconds or (8.0, 15.0), args.most, args.kind)
