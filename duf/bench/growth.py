"""What larger and longer clips take, and what frames that repeat do: docs/growth.md."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from duf.bench.clip import make_clip
from duf.bench.clocks import watched
from duf.bench.plan import Plan
from duf.markdown import chart, table

FILE = Path(__file__).parents[2] / "docs" / "growth.md"
SIZES = ((426, 240), (640, 480), (1280, 720), (1920, 1080))
FEW, MORE = 8, 40  # frames at each size; the difference counts, without starting and joining
SMALL = (160, 90)  # of long clips
LENGTHS = (100, 1000, 10_000)  # frames
HELD = 3  # times that each frame of a drawn film is shown
PAGE = """# Growth

Written by `python -m duf growth` from what it measured on {machine}; nothing here is typed by hand.

Core time is that of all threads and processes from the command to the file, for {title}. At each size it is what the
frames {few} to {more} of a clip added, so it grows with the pixels if a megapixel costs the same everywhere.

{sizes}

{sizes_table}

Length, at {width}x{height}: time grows with it if a frame costs the same, memory should not.

{lengths}

{lengths_table}

Frames that repeat are recognised and not computed again: {frames} frames at {width}x{height}, each new or shown
{held} times.

{repeats_table}
"""


class Taken(NamedTuple):
    """What a process took for a clip."""

    core_seconds: float
    memory: float  # MB


def by_size(plan: Plan, folder: Path) -> Iterator[tuple[str, float, Taken]]:
    """Each size, the megapixels that were measured there, and what they took."""
    for width, height in SIZES:
        few, more = (taken(make_clip(folder / f"{n}.mp4", width, height, n), plan) for n in (FEW, MORE))
        megapixels = width * height * (MORE - FEW) / 1e6
        yield f"{width}x{height}", megapixels, Taken(more.core_seconds - few.core_seconds, more.memory)


def by_length(plan: Plan, folder: Path) -> Iterator[tuple[int, Taken]]:
    """Each number of frames and what they took."""
    for frames in LENGTHS:
        yield frames, taken(make_clip(folder / "long.mp4", *SMALL, frames), plan)


def by_repeats(plan: Plan, folder: Path) -> Iterator[tuple[int, Taken]]:
    """How often each frame is shown, and what as many frames in all took."""
    for held in (1, HELD):
        yield held, taken(make_clip(folder / "held.mp4", *SMALL, LENGTHS[1], held, crf=0), plan)


def taken(clip: Path, plan: Plan) -> Taken:
    return Taken(*watched(clip, plan)[1:])


def write_growth(plan: Plan, machine: str, say: Callable[[str], None], file: Path = FILE) -> None:
    """Measures all of it and writes the page."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        say("sizes")
        sizes = list(by_size(plan, folder))
        say("lengths")
        lengths = list(by_length(plan, folder))
        say("frames that repeat")
        repeats = list(by_repeats(plan, folder))
    per_megapixel = [took.core_seconds / megapixels for _, megapixels, took in sizes]
    per_frame = [1000 * took.core_seconds / frames for frames, took in lengths]
    file.write_text(
        PAGE.format(
            machine=machine,
            title=f"{plan.model} x{plan.scale}",
            few=FEW + 1,
            more=MORE,
            width=SMALL[0],
            height=SMALL[1],
            frames=LENGTHS[1],
            held=HELD,
            sizes=chart("Core seconds a megapixel", "size", [size for size, *_ in sizes], "s", per_megapixel),
            sizes_table=table(
                ["size", "core s/megapixel", "core ms/frame", "peak memory, MB"],
                [
                    [size, f"{each:.3f}", f"{1000 * took.core_seconds / (MORE - FEW):.1f}", f"{took.memory:.0f}"]
                    for (size, _, took), each in zip(sizes, per_megapixel, strict=True)
                ],
            ),
            lengths=chart("Peak memory", "frames", [f"{n}" for n, _ in lengths], "MB", [t.memory for _, t in lengths]),
            lengths_table=table(
                ["frames", "core ms/frame", "core s", "peak memory, MB"],
                [
                    [f"{n}", f"{each:.2f}", f"{took.core_seconds:.1f}", f"{took.memory:.0f}"]
                    for (n, took), each in zip(lengths, per_frame, strict=True)
                ],
            ),
            repeats_table=table(
                ["each frame is shown", "core ms/frame"],
                [[f"{n} x", f"{1000 * took.core_seconds / LENGTHS[1]:.2f}"] for n, took in repeats],
            ),
        )
    )
