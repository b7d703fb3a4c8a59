"""`python -m tests.reliability.two_workers`: two workers of a core each against one, into docs/reliability.md."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil

from duf import markdown
from tests.reliability import page, places
from tests.servers import postgresql, redis
from vsrsite.paths import BASE_DIR

TITLE = "Two workers"
MODEL, SCALE = "stream", 4
FRAMES, SIZE = 240, (192, 144)
PATIENCE = 400  # seconds
CORES = ("0", "1")
TEXT = """Written by `python -m tests.reliability.two_workers` on {date}, on {cores} cores shared with others (load
average {load:.1f} at the end): where others want the same cores, seconds say little, and core seconds are what counts.
{frames} frames of {width}x{height} by {model} x{scale}, in {segments} segments; each worker, and each command line, may
use one core. Core seconds are those of the workers with the processes that they start, or of the command lines.

{table}

Two workers took {more:.2f} times the core seconds of one, so on two free cores they come to {reach:.2f} times its
speed, if nothing but their cores holds them up; in this run, with others at work, they were {wall:.2f} times as fast.
Two command lines took {command:.1f} core seconds for each clip; two workers spent {share:.0%} of that."""


class Taken(NamedTuple):
    """What the same frames took."""

    seconds: float
    core_seconds: float


def run() -> None:
    with postgresql() as database, redis() as cache, TemporaryDirectory() as folder:
        places.set_up(database.url, cache.url)
        page.write(TITLE, _measured(Path(folder)))
    print(f"{page.FILE} is written.")


def _measured(folder: Path) -> str:
    from accounts.models import User
    from tests.duf.clips import make
    from tests.videos.site import Site, ready, upload
    from videos.work import trials

    clip = make(folder / "clip.mp4", frames=FRAMES, size=SIZE)
    with ExitStack() as stack:
        workers = [Site("light", "heavy", within=_on(CORES[0]))]
        stack.callback(workers[0].stop)
        video = upload(User.objects.create_user("owner@example.org"), clip)
        workers[0].wait_until(lambda: ready(video) and not trials.waiting().exists(), PATIENCE)
        _upscaled(workers, video)  # loads the network
        one = _upscaled(workers, video)
        workers.append(Site("heavy", within=_on(CORES[1])))
        stack.callback(workers[1].stop)
        _upscaled(workers, video)
        two = _upscaled(workers, video)
        segments = len(_pieces(video))
    commands = _by_command_line(clip)
    return _told(one, two, commands, segments)


def _on(core: str) -> list[str]:
    return ["taskset", "-c", core]


def _pieces(video: Any) -> list[tuple[int, int]]:
    """As many segments as there are runs."""
    from duf.catalog import model
    from duf.media import Index
    from duf.resets import run_starts

    index = Index.load(video.index)
    return list(pairwise([*run_starts(index.cuts, model(MODEL).reset_every), len(index)]))


def _upscaled(workers: list[Any], video: Any) -> Taken:
    """The whole clip by these workers, until its last segment is done."""
    from duf.catalog import fastest
    from videos import queue
    from videos.models import Segment, Upscale

    job = Upscale.objects.create(video=video, model=MODEL, scale=SCALE)
    job.plan(_pieces(video), precision=fastest(MODEL, SCALE))
    begun, before = time.monotonic(), sum(map(_core_seconds, workers))
    queue.wake_heavy()
    left = Segment.objects.filter(upscale=job).exclude(state="done")
    _wait(workers[0], lambda: not left.exists() or left.filter(state="failed").exists())
    assert not left.exists(), left.filter(state="failed").first().reason
    taken = Taken(time.monotonic() - begun, sum(map(_core_seconds, workers)) - before)
    _wait(workers[0], lambda: not Upscale.objects.filter(pk=job.pk, state__in=Upscale.ACTIVE).exists())
    return taken


def _wait(site: Any, done: Callable[[], bool]) -> None:
    site.wait_until(done, PATIENCE)


def _core_seconds(site: Any) -> float:
    """Of a worker and all that it has started."""
    total = 0.0
    for pid in site.processes("heavy"):
        try:
            total += sum(psutil.Process(pid).cpu_times()[:4])
        except psutil.Error:
            continue
    return total


def _by_command_line(clip: Path) -> Taken:
    """Two at once, each with a core of its own, over the same clip."""
    from duf.bench.clocks import cores_used

    begun, before = time.monotonic(), cores_used()
    words = ["-m", "duf", "upscale", "--model", MODEL, "--scale", str(SCALE), str(clip)]
    running = [
        subprocess.Popen([*_on(core), sys.executable, *words, str(clip.with_name(f"{core}.mp4"))], cwd=BASE_DIR)
        for core in CORES
    ]
    assert [process.wait(PATIENCE) for process in running] == [0, 0]
    return Taken(time.monotonic() - begun, cores_used() - before)


def _told(one: Taken, two: Taken, commands: Taken, segments: int) -> str:
    rows = [("one worker", 1, one), ("two workers", 1, two), ("two command lines", 2, commands)]
    each = commands.core_seconds / 2
    return TEXT.format(
        date=time.strftime("%Y-%m-%d"),
        cores=os.cpu_count(),
        load=os.getloadavg()[0],
        frames=FRAMES,
        width=SIZE[0],
        height=SIZE[1],
        model=MODEL,
        scale=SCALE,
        segments=segments,
        table=markdown.table(
            ["", "clips", "s", "core s", "frames a core s"],
            [
                [name, str(clips), f"{took.seconds:.1f}", f"{took.core_seconds:.1f}", f"{_pace(clips, took):.1f}"]
                for name, clips, took in rows
            ],
        ),
        more=two.core_seconds / one.core_seconds,
        reach=2 * one.core_seconds / two.core_seconds,
        wall=one.seconds / two.seconds,
        command=each,
        share=two.core_seconds / each,
    )


def _pace(clips: int, took: Taken) -> float:
    return clips * FRAMES / took.core_seconds


if __name__ == "__main__":
    run()
