"""Memory does not grow with the length of a clip."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.duf.clips import Sound, make

ROOT = Path(__file__).parents[2]


WATCH = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=sys.stderr);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def peak(source: Path, output: Path) -> int:
    """The greatest resident memory in KiB of the command line and of the processes it starts."""
    words = ["-m", "duf", "upscale", str(source), str(output), "--model", "bicubic", "--scale", "2"]
    # A process of its own, because a child counts the memory of the one it was forked from.
    watch = [sys.executable, "-c", WATCH, sys.executable, *words]
    return int(subprocess.run(watch, cwd=ROOT, capture_output=True, check=True).stdout)


def growth(folder: Path, size: tuple[int, int], short: int, long: int) -> float:
    clips = [make(folder / f"{n}.mp4", frames=n, size=size, keyint=48, sounds=(Sound(),)) for n in (short, long)]
    peaks = [peak(clip, folder / f"{clip.stem}-large.mp4") for clip in clips]
    print(f"{size[0]}x{size[1]}: {short} frames {peaks[0] / 1024:.0f} MiB, {long} frames {peaks[1] / 1024:.0f} MiB")
    return peaks[1] / peaks[0]


def test_a_longer_clip_takes_hardly_more_memory(tmp_path: Path) -> None:
    assert growth(tmp_path, (64, 48), 60, 360) < 1.1


@pytest.mark.long
def test_a_minute_takes_at_most_a_tenth_more_memory_than_six_seconds(tmp_path: Path) -> None:
    assert growth(tmp_path, (320, 180), 150, 1500) < 1.1
