"""Score models on clips whose truth is known, in the paper's protocol or that of real videos."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from duf import catalog
from duf.errors import MediaError

if TYPE_CHECKING:
    from duf.judging.evaluation import Load

PROTOCOLS = ("paper", "video")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clips", type=Path, help="a folder of sharp clips")
    parser.add_argument("--model", action="append", help=f"can be given several times (default {catalog.DEFAULT})")
    parser.add_argument(
        "--run", action="append", type=Path, help="the folder of a run of training: what it reached so far"
    )
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4), help="times as large (default 4)")
    parser.add_argument(
        "--protocol", choices=PROTOCOLS, default="paper", help="paper (Gaussian, corner phase) or video (area, centre)"
    )
    parser.add_argument("--crf", type=int, help="compress the sources by x264 at this quality; video protocol only")
    parser.add_argument("--precision", choices=catalog.PRECISIONS, help="of the networks (default: the fastest)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="write a page of crops side by side there")


def run(args: argparse.Namespace) -> int:
    """Print the figures of each clip as soon as they are known, then the means."""
    _check_outputs(args.json, args.page)
    from duf.judging import protocols
    from duf.judging.evaluation import evaluate, means
    from duf.judging.figures import HEADINGS
    from duf.judging.page import write_page
    from duf.judging.records import record

    protocol = protocols.protocol(args.protocol, args.crf)
    names = args.model or ([] if args.run else [catalog.DEFAULT])
    loads = {name: partial(catalog.load, name, precision=args.precision) for name in names} | _runs(args.run or [])
    judged = []
    coming = evaluate(loads, args.clips, args.scale, protocol)
    print(_line("clip", "model", HEADINGS))
    for clip in coming:
        judged.append(clip)
        for name, figures in clip.figures.items():
            print(_line(clip.clip, name, figures.cells()), flush=True)
    for name, figures in means(judged).items():
        print(_line("mean", name, figures.cells()))
    if args.json:
        rows = [record(name, args.scale, protocol, judged).to_json() for name in loads]
        args.json.write_text(json.dumps(rows, indent=2) + "\n")
    if args.page:
        print(f"The crops are in {write_page(args.page, judged, args.scale, protocol)}")
    return 0


def _runs(folders: list[Path]) -> dict[str, Load]:
    """By their names, what runs the weights that they have now."""
    from duf.training.release import opened, reached

    return {folder.name: reached(opened(folder)) for folder in folders}


def _check_outputs(file: Path | None, folder: Path | None) -> None:
    """Said before the work, not after it."""
    if file and file.exists():
        raise MediaError(f"{file} exists already; name another file.")
    if file and not file.resolve().parent.is_dir():
        raise MediaError(f"The folder {file.parent} does not exist; make it first.")
    if folder and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MediaError(f"{folder} exists already; name another folder.")


def _line(clip: str, model: str, cells: list[str]) -> str:
    return f"{clip:12} {model:18}" + "".join(f"{cell:>16}" for cell in cells)
