"""Measure how fast this machine is."""

import argparse
import sys
from pathlib import Path

from duf.bench.plan import MOST, OF_IT, PRESETS, Plan, length
from duf.catalog import DEFAULT, MODELS, PRECISIONS, fastest

PAGE = """# Performance of {title}

Written by `{command}`: {title} in {precision}, {plan.frames} frames, on {machine}.

Frames per second count everything from the file to the verified file. Core time is that of all threads and processes
together, so stages that overlap add up; each stage is measured alone, but for the encoder, whose time is what the
whole takes beside all the rest. Other work is what else ran on the same cores in the meantime: the more of it, the
fewer frames a second, while core times hardly change.{network}

{table}
"""
PART = """ The network's part is
counted while all before the encoder runs."""
BESIDE = "also run the network of DIR: realesr-animevideov3 for ncnn, or for DUF its authors' nets.py, utils.py"
NETWORK = """ The network of this model
is not split any further: it is all from the decoded planes to those that are encoded, colours and flow included."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default=DEFAULT, choices=list(MODELS))
    parser.add_argument("--precision", choices=PRECISIONS, help="of the network (default: the fastest)")
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4))
    parser.add_argument("--size", type=size, default=(426, 240), metavar="WxH", help="of the source (426x240)")
    parser.add_argument("--frames", type=int, help=f"length of the clip ({MOST}, fewer for slow models)")
    parser.add_argument("--runs", type=int, default=5, help="of each measurement; the median counts (5)")
    parser.add_argument("--beside", type=Path, metavar="DIR", help=BESIDE)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with figures written earlier")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write a page about it, such as docs/performance.md")


def run(args: argparse.Namespace) -> int:
    from duf.bench.clocks import described, machine
    from duf.bench.figures import read_run, save, table
    from duf.bench.rival import beside
    from duf.bench.speed import bench

    before = read_run(args.against) if args.against else None
    width, height = args.size
    frames = args.frames or length(MODELS[args.model].cost, width, height)
    plan = Plan(args.model, args.precision, args.scale, width, height, frames, args.runs)
    where = machine()
    measures = []
    for measure in bench(plan):
        print(f"{measure.name}: {measure.middle:.4g} {measure.unit}", file=sys.stderr, flush=True)
        measures.append(measure)
    measures += beside(args.beside, plan, measures) if args.beside else []
    text = table(measures, before)
    print(f"{text}\n")
    if args.json:
        save(args.json, plan, where, measures)
    if args.write:
        args.write.write_text(page(plan, args.write, described(where), text))
    rate = next(measure for measure in measures if measure.name == f"end to end, {PRESETS[0]}")
    print(f"{plan.title}: {rate.middle:.1f} frames/s")
    return 0


def page(plan: Plan, file: Path, machine: str, table: str) -> str:
    """What was run, on what, and the table of what it took."""
    words = ["python -m duf bench", f"--model {plan.model}"]
    words += [f"--precision {plan.precision}"] if plan.precision else []
    return PAGE.format(
        title=plan.title,
        command=" ".join([*words, f"--write {file}"]),
        precision=plan.precision or fastest(plan.model, plan.scale),
        plan=plan,
        machine=machine,
        network=(NETWORK if "| network |" in table else "") + (PART if f"| {OF_IT} |" in table else ""),
        table=table,
    )


def size(text: str) -> tuple[int, int]:
    """`426x240` as width and height."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; write 426x240")
    return int(width), int(height)
