"""Score a model on clips whose truth is known: PSNR and SSIM of luma in one of two protocols."""

import argparse
import json
from functools import partial
from pathlib import Path

from duf import catalog


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clips", type=Path, help="a folder of sharp clips")
    parser.add_argument("--model", default=catalog.DEFAULT)
    parser.add_argument("--scale", type=int, default=4)
    parser.add_argument("--protocol", choices=("paper", "video"), default="paper")
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    from duf.evaluation import evaluate

    scores = evaluate(partial(catalog.load, args.model), args.clips, args.scale, args.protocol)
    if args.json:
        print(json.dumps([score.to_json() for score in scores]))
        return 0
    for score in scores:
        print(f"{score.clip:16} {score.psnr:6.2f} dB  {score.ssim:.4f}")
    return 0
