"""`python -m duf windows clip.mp4 windows.png`: where training would look, drawn on a frame."""

import argparse
from itertools import islice
from pathlib import Path

from duf.errors import MediaError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", type=Path)
    parser.add_argument("picture", type=Path, help="the .png to write")
    parser.add_argument("--frame", type=int, default=10, help="which one, compared with the one before (10)")
    parser.add_argument("--side", type=int, default=128, help="of a window, in pixels (128)")
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4))
    parser.add_argument("--count", type=int, default=5, help="of windows (5)")


def run(args: argparse.Namespace) -> int:
    from PIL import Image

    from duf.material import motion
    from duf.material.footage import frames

    if args.picture.exists():
        raise MediaError(f"{args.picture} exists already: name another picture.")
    pair = [picture for _, picture in islice(frames(args.clip), max(0, args.frame - 1), args.frame + 1)]
    if len(pair) < 2:
        raise MediaError(f"{args.clip} has no frame {args.frame} with one before it: choose an earlier --frame.")
    windows = motion.ranked(pair[0], pair[1], args.side, args.scale, args.count)
    if not windows:
        raise MediaError(f"No window of {args.side} pixels fits into {args.clip}: choose a smaller --side.")
    for rank, window in enumerate(windows, 1):
        where = f"x {window.x}, y {window.y}"
        print(f"{rank}  {where:16} moves {window.motion:.2f}, texture {window.texture:.1f}, score {window.score:.2f}")
    Image.fromarray(motion.draw(pair[1], windows)).save(args.picture)
    return 0
