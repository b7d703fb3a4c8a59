"""Write the 8-bit form of shipped weights, which the fast engine runs."""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duf import weights

FRAMES = 8  # of each clip
LARGEST = 768  # pixels a side of a clip that are looked at


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("weights", type=Path, nargs="?", default=weights.SHIPPED / "stream-x4", help="without suffix")
    parser.add_argument("--clips", type=Path, required=True, help="a folder of sharp clips, none of them for testing")


def run(args: argparse.Namespace) -> int:
    from duf import quantised
    from duf.stream import build

    card = weights.read_card(args.weights)
    network = build(card.network, card.scale)
    weights.load_into(network, args.weights)
    quantised.write(network, args.weights, card.sha256, samples(args.clips, card.scale))
    print(f"written to {quantised.file(args.weights)}")
    return 0


def samples(folder: Path, scale: int) -> list[NDArray[np.uint8]]:
    """The first frames of every clip, made small."""
    from duf.material.degradation import DEGRADATIONS
    from duf.material.footage import VIDEOS, read_clip

    made = []
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEOS):
        frames = read_clip(path)[0][:FRAMES]
        height, width = (min(side, LARGEST) // scale * scale for side in frames[0].shape[:2])
        made.append(np.stack([DEGRADATIONS["centre"](np.ascontiguousarray(x[:height, :width]), scale) for x in frames]))
    return made
