"""`python -m tests.reliability.two_workers`: two workers of a core each against one, into docs/reliability.md."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from duf import markdown
from tests.reliability import page, places
from tests.servers import postgresql, redis
from vsrsite.paths import BASE_DIR

TITLE = "Two workers"
MODEL, SCALE = "stream", 4
FRAMES, SIZE = 240, (192, 144)
PATIENCE = 400  # seconds
CORES = ("0", "1")
RUNS = 3
TEXT = """Written by `python -m tests.reliability.two_workers` on {date}, on {cores} cores shared with others (load
average {load:.1f} at the end): where others want the same cores, seconds say little, and core seconds are what counts.
{frames} frames of {width}x{height} by {model} x{scale}, in {segments} segments; each worker, and each command line, may
use one core. Core seconds are those of the workers with the processes that they start, or of the command lines. All of
it {runs} times; the median, and from which to which in brackets.

{table}

Two workers took {more} times the core seconds of one, so on two free cores they come to {reach} times its speed, if
nothing but their cores holds them up (at least 1.65 was asked for); by the clock they were {wall} times as fast. Two
workers reached {share} % of the frames a core second of two command lines (at least 90 were asked for), by the clock
{clock} % of their frames a second."""


class Taken(NamedTuple):
    """What the same frames took."""

    seconds: float
    core_seconds: float


class Run(NamedTuple):
    """The same work in three ways; two command lines do it twice."""

    one: Taken
    two: Taken
    commands: Taken


def run() -> None:
    with postgresql() as database, redis() as cache, TemporaryDirectory() as folder:
        places.set_up(database.url, cache.url)
        page.write(TITLE, _measured(Path(folder)))
    print(f"{page.FILE} is written.")


def _measured(folder: Path) -> str:
    from accounts.models import User
    from tests.duf.clips import make
    from tests.videos.site import ready, upload
    from videos.work import trials

    clip = make(folder / "clip.mp4", frames=FRAMES, size=SIZE)
    with ExitStack() as stack:
        workers = [_worker(stack, "light", "heavy", core=CORES[0])]
        video = upload(User.objects.create_user("owner@example.org"), clip)
        _wait(workers[0], lambda: ready(video) and not trials.waiting().exists())
        one = _upscaled_again(workers, video)
        workers.append(_worker(stack, "heavy", core=CORES[1]))
        two = _upscaled_again(workers, video)
        segments = len(_pieces(video))
    commands = [_by_command_line(clip) for _ in range(RUNS)]
    return _told(list(map(Run, one, two, commands)), segments)


def _worker(stack: ExitStack, *programs: str, core: str) -> Any:
    from tests.videos.site import Site

    site = Site(*programs, within=_on(core))
    stack.callback(site.stop)
    return site


def _upscaled_again(workers: list[Any], video: Any) -> list[Taken]:
    """The first time, which does not count, loads the network."""
    return [_upscaled(workers, video) for _ in range(1 + RUNS)][1:]


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
    from tests.reliability.cores import core_seconds

    return core_seconds(site.processes("heavy"))


def _by_command_line(clip: Path) -> Taken:
    """Two at once, each with a core of its own, over the same clip."""
    from duf.bench.clocks import cores_used

    begun, before = time.monotonic(), cores_used()
    words = ["-m", "duf", "upscale", "--force", "--model", MODEL, "--scale", str(SCALE), str(clip)]
    running = [
        subprocess.Popen([*_on(core), sys.executable, *words, str(clip.with_name(f"{core}.mp4"))], cwd=BASE_DIR)
        for core in CORES
    ]
    assert [process.wait(PATIENCE) for process in running] == [0, 0]
    return Taken(time.monotonic() - begun, cores_used() - before)


def _told(runs: list[Run], segments: int) -> str:
    names = {"one worker": 1, "two workers": 1, "two command lines": 2}  # clips that each did
    columns = {name: [run[place] for run in runs] for place, name in enumerate(names)}
    rows = [
        [
            name,
            str(names[name]),
            _spread([took.seconds for took in taken], 1),
            _spread([took.core_seconds for took in taken], 1),
            _spread([names[name] * FRAMES / took.core_seconds for took in taken], 1),
        ]
        for name, taken in columns.items()
    ]
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
        runs=len(runs),
        table=markdown.table(["", "clips", "s", "core s", "frames a core s"], rows),
        more=_spread([run.two.core_seconds / run.one.core_seconds for run in runs]),
        reach=_spread([2 * run.one.core_seconds / run.two.core_seconds for run in runs]),
        wall=_spread([run.one.seconds / run.two.seconds for run in runs]),
        share=_spread([50 * run.commands.core_seconds / run.two.core_seconds for run in runs], 0),
        clock=_spread([50 * run.commands.seconds / run.two.seconds for run in runs], 0),
    )


def _spread(values: list[float], digits: int = 2) -> str:
    """The median, and between what the values lie."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


if __name__ == "__main__":
    run()
