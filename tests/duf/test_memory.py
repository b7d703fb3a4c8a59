"""Memory does not grow with the length of a clip."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.duf.clips import Sound, make

ROOT = Path(__file__).parents[2]


def peak(source: Path, output: Path) -> int:
    """The greatest resident memory in KiB of the command line and of the processes it starts."""
    words = [sys.executable, "-m", "duf", "upscale", str(source), str(output), "--model", "bicubic", "--scale", "2"]
    child = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_maxrss


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
