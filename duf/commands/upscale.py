"""`python -m duf upscale in.mp4 out.mp4`: enlarge a video, or a folder of PNG pictures."""

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duf import clock
from duf.catalog import DEFAULT, MODELS, PRECISIONS, SAMPLINGS, graphics
from duf.errors import MediaError

if TYPE_CHECKING:
    from duf.media.join import Container
    from duf.pipeline import Progress, Work

CONTAINERS: dict[str, "Container"] = {".mp4": "mp4", ".m4v": "mp4", ".mkv": "matroska"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("source", type=Path, help="a video, or a folder of PNG pictures")
    parser.add_argument("output", type=Path, help="the result: .mp4 or .mkv, or a folder")
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4), help="times as large (default 4)")
    parser.add_argument("--fit", choices=("1080p", "4K"), help="as far as it needs, then shrunk to this size exactly")
    parser.add_argument("--model", default=DEFAULT, choices=list(MODELS), help=f"default {DEFAULT}")
    parser.add_argument(
        "--codec", default="h264", help="h264 (default), h264fast (quick to write, larger), h265, av1 or vp9"
    )
    parser.add_argument("--crf", type=int, help="quality: lower is better and larger (default 16 for h264)")
    parser.add_argument("--preset", help="speed of the encoder (default veryfast; a number for av1 and vp9)")
    parser.add_argument("--start", type=seconds, help="begin here: seconds or h:mm:ss")
    parser.add_argument("--end", type=seconds, help="end here: seconds or h:mm:ss")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="TRACK",
        help="leave out the tracks of a kind (audio, subtitle, attachment), or the one of that number; may be repeated",
    )
    parser.add_argument(
        "--deinterlace",
        choices=("auto", "on", "off"),
        default="auto",
        help="what says or looks that it is interlaced (auto, default), every picture, or none",
    )
    parser.add_argument("--precision", choices=PRECISIONS, help="of the network's numbers (default: the fastest)")
    parser.add_argument(
        "--sampling",
        choices=SAMPLINGS,
        default=SAMPLINGS[0],
        help="where a source pixel lies: amid those that it becomes (default), or at their corner as in the paper",
    )
    parser.add_argument("--force", action="store_true", help="replace the output if it exists")
    parser.add_argument("--json", action="store_true", help="print what was kept as JSON")


def run(args: argparse.Namespace) -> int:
    """Enlarge; notes and progress go to standard error, the receipt to standard output."""
    _check_output(args)
    if device := graphics(args.model, args.precision):
        print(f"Works on {device}.", file=sys.stderr)
    return _pictures(args) if args.source.is_dir() else _video(args)


def seconds(text: str) -> float:
    """`90`, `1:30` and `0:01:30.5` as seconds."""
    try:
        return clock.seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _check_output(args: argparse.Namespace) -> None:
    if args.output.resolve() == args.source.resolve():
        raise MediaError("The result would replace its source; name it differently.")
    taken = any(args.output.iterdir()) if args.output.is_dir() else args.output.exists()
    if taken and not args.force:
        raise MediaError(f"{args.output} exists already; name another, or add --force to replace it.")
    if not args.output.resolve().parent.is_dir():
        raise MediaError(f"The folder {args.output.parent} does not exist; make it first.")
    if args.end is not None and args.end <= (args.start or 0.0):
        raise MediaError("The end comes before the start; give --end a later time.")


def _video(args: argparse.Namespace) -> int:
    from duf.media.reader import probe

    with ThreadPoolExecutor(1) as pool:  # its process starts while the rest is loaded in this one
        looked = pool.submit(probe, args.source)
        from duf.choices import Choices
        from duf.fitting import scale_for
        from duf.media.encode import EncodeSettings
        from duf.pipeline import load, prepare, upscale_file

    container = CONTAINERS.get(args.output.suffix.lower())
    if container is None:
        raise MediaError(f"{args.output.name} should end in .mp4 or .mkv, so that it is known what to write.")
    encoding = EncodeSettings(args.codec, args.crf, args.preset)
    clip = looked.result()
    scale = scale_for(clip.video, args.fit, MODELS[args.model].scales) if args.fit else args.scale
    choices = Choices(encoding, container, tuple(args.without), args.fit or "", args.deinterlace)
    work = prepare(args.source, scale, choices, clip=clip)
    for note in work.clip.notes:
        print(f"Note: {note}", file=sys.stderr)
    model = load(args.model, scale, args.precision, args.sampling)
    with _bar(_frames(work, args)) as progress:
        receipt = upscale_file(work, model, args.output, args.start, args.end, progress)
    for note in receipt.notes[len(work.clip.notes) :]:
        print(f"Note: {note}", file=sys.stderr)
    print(json.dumps(receipt.to_json(), indent=2) if args.json else receipt.summary())
    return 0


def _pictures(args: argparse.Namespace) -> int:
    from duf.media.pictures import names, notes
    from duf.pipeline import load, upscale_pictures

    if args.start is not None or args.end is not None:
        raise MediaError("Pictures have no times; leave out --start and --end, or copy the ones you want.")
    if args.output.suffix.lower() in CONTAINERS:
        raise MediaError("A folder of pictures becomes a folder of pictures; name the result without .mp4 or .mkv.")
    total = len(names(args.source))
    for note in notes(args.source):
        print(f"Note: {note}", file=sys.stderr)
    with _bar(total) as progress:
        receipt = upscale_pictures(
            args.source, args.output, load(args.model, args.scale, args.precision, args.sampling), progress
        )
    width, height = receipt["width"], receipt["height"]
    print(json.dumps(receipt, indent=2) if args.json else f"{total} pictures of {width}x{height}.")
    return 0


def _frames(work: "Work", args: argparse.Namespace) -> int | None:
    """About how many frames there will be, by the header."""
    video = work.clip.video
    length = video.duration or work.clip.duration
    if not length or not video.average_rate:
        return None
    stretch = min(length, args.end or length) - min(length, args.start or 0.0)
    return round(stretch * video.average_rate[0] / video.average_rate[1])


@contextmanager
def _bar(total: int | None) -> Iterator["Progress"]:
    """A bar with frames a second and the time left, on a terminal or in a log alike."""
    from tqdm import tqdm

    settings: dict[str, Any] = {"total": total, "unit": " frames", "file": sys.stderr, "mininterval": 0.5}
    with tqdm(**settings, dynamic_ncols=True) as bar:
        yield lambda done: bar.update(done - bar.n) and None
