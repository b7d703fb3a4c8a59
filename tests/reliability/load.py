"""`python -m tests.reliability.load`: 50 people at once, ever faster, then for half an hour; docs/reliability.md.

Stopped by SIGTERM or Ctrl-C it takes its servers along.
"""

import argparse
import csv
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from duf import markdown
from tests.reliability import page, places
from tests.servers import postgresql, redis
from vsrsite.paths import BASE_DIR

if TYPE_CHECKING:  # the settings have to be made first
    from tests.reliability.crowd import Crowd
    from tests.videos.site import Site

TITLE = "Load"
PEOPLE = 50
UPLOADERS = 20
JOBS = 8
ASKED = 200  # polls a second
STEPS = (25, 50, 100, ASKED)  # polls a second
PATIENCE = 300  # milliseconds for 95 of 100 pages
REACHED = 0.95  # of the rate that was asked, from where it counts as held
LOOK_SECONDS = 5
MEMORY_SECONDS = 30
WARM_UP = 0.2  # of the time, before what is measured of the memory counts
PROGRAMS = ("web", "light", "heavy")
TEXT = """Written by `python -m tests.reliability.load` on {date}, on {cores} cores shared with the load generator,
PostgreSQL and Redis. {people} people are signed in, each with a dashboard open on which a conversion of theirs goes on:
they poll it as a browser does, and load five dashboards a second. {uploaders} of them upload a file of {mb} MB each at
once, a MiB a second, and the next one after it. {jobs} conversions are worked on at the same time, all others wait for
their turn, and whatever ends begins anew. A rate of polls holds if no request fails, at least {reached:.0%} of it come
about, and 95 of 100 dashboards and polls of each kind are answered within {patience} ms. Steps of {step_seconds:.0f} s:

{steps}

{verdict} {doubling}

Then {minutes:g} minutes at {rate} polls a second{outcome}. Milliseconds:

{requests}

Memory (MB, what several processes share counted once): {memory}. "Decoding" are the processes that look at one file or
segment and end; all others live as long as the site. Of {whole} files that came whole, {lost} were lost or changed.
Conversions were finished {done} times, to {results} different file{plural} by their checksums, and {failed} failed."""

Usage = dict[str, float]  # cores


class Stay(NamedTuple):
    """What became of one rate."""

    polls: int
    requests: list[dict[str, str]]  # of locust
    cores: Usage
    memory: list[Usage]

    @property
    def reached(self) -> float:
        """Polls a second."""
        return sum(float(row["Requests/s"]) for row in self.requests if row["Name"].startswith("poll"))

    @property
    def failures(self) -> int:
        return int(self.requests[-1]["Failure Count"])

    def slowest(self, kind: str) -> float:
        """Milliseconds for 95 of 100; of the slowest kind whose name begins so."""
        return max((float(row["95%"]) for row in self.requests if row["Name"].startswith(kind)), default=math.inf)

    @property
    def holds(self) -> bool:
        quick = max(self.slowest("poll"), self.slowest("dashboard")) < PATIENCE
        return not self.failures and self.reached >= REACHED * self.polls and quick


def run(minutes: float, step_seconds: float, upload_bytes: int) -> None:
    places.stop_in_order()
    with postgresql() as database, redis() as cache, TemporaryDirectory() as name:
        places.set_up(database.url, cache.url)
        from tests.reliability.crowd import Crowd
        from tests.videos.site import Site
        from tests.videos.test_load import free_port

        address, folder = f"127.0.0.1:{free_port()}", Path(name)
        settings = {"WEB_WORKERS": "2", "WEB_THREADS": "16", "HEAVY_WORKERS": str(JOBS)}
        site = Site(*PROGRAMS, together=True, BIND=address, **settings)
        try:
            crowd = Crowd(site, PEOPLE, upload_bytes, folder)
            visit = Visit(site, crowd, folder, f"http://{address}", upload_bytes)
            steps = [visit.stay(polls, step_seconds) for polls in STEPS]
            rate = min(ASKED, max((step.polls for step in steps if step.holds), default=STEPS[0]))
            stay = visit.stay(rate, 60 * minutes)
            page.write(TITLE, _told(steps, stay, crowd, minutes, step_seconds, upload_bytes))
        finally:
            site.stop()
    print(f"{page.FILE} is written.")


class Visit:
    """Lets everybody loose on a site."""

    def __init__(self, site: "Site", crowd: "Crowd", folder: Path, address: str, upload_bytes: int) -> None:
        self._site, self._crowd, self._folder = site, crowd, folder
        self._address, self._upload_bytes = address, upload_bytes

    def stay(self, polls: int, seconds: float) -> Stay:
        """So many polls a second, for so long."""
        from tests.reliability import cores

        told = self._folder / f"rate-{polls}-{time.monotonic_ns()}"
        usage, memory, looked = cores.Usage(self._site), [], 0.0
        with self._locust(polls, seconds, told) as locust:
            while locust.poll() is None:
                time.sleep(LOOK_SECONDS)
                self._site.look_after()
                self._crowd.look_after()
                if time.monotonic() - looked > MEMORY_SECONDS:
                    looked = time.monotonic()
                    memory.append(cores.memory(self._site))
        stay = Stay(polls, _rows(told), usage.cores(), memory)
        self._see_them_off()
        return stay

    @contextmanager
    def _locust(self, polls: int, seconds: float, told: Path) -> "Iterator[subprocess.Popen[bytes]]":
        words = ["-m", "locust", "-f", "tests/reliability/people.py", "--headless", "--only-summary", "--reset-stats"]
        words += ["--host", self._address, "-u", str(PEOPLE + UPLOADERS), "-r", "25"]
        words += ["-t", f"{round(seconds)}s", "--csv", str(told)]
        environment = {"SESSIONS": str(self._crowd.sessions), "POLLS": str(polls)}
        environment["UPLOAD_BYTES"] = str(self._upload_bytes)
        locust = subprocess.Popen([sys.executable, *words], cwd=BASE_DIR, env=os.environ | environment)
        try:
            yield locust
        finally:
            locust.kill()
            locust.wait()

    def _see_them_off(self) -> None:
        """Look at what came whole; the rest goes."""
        self._site.wait_until(lambda: self._crowd.look_after() or not self._crowd.uploading(), 120)
        self._crowd.clear()


def _rows(told: Path) -> list[dict[str, str]]:
    with told.with_name(f"{told.name}_stats.csv").open() as file:
        return list(csv.DictReader(file))


def _told(steps: list[Stay], stay: Stay, crowd: "Crowd", minutes: float, step_seconds: float, upload_bytes: int) -> str:
    return TEXT.format(
        date=time.strftime("%Y-%m-%d"),
        cores=os.cpu_count(),
        people=PEOPLE,
        uploaders=UPLOADERS,
        mb=upload_bytes // 1_000_000,
        jobs=JOBS,
        reached=REACHED,
        patience=PATIENCE,
        step_seconds=step_seconds,
        steps=_steps(steps),
        verdict=_verdict(steps),
        doubling=_doubling(steps),
        minutes=minutes,
        rate=stay.polls,
        outcome=", which held" if stay.holds else ", which did not hold",
        requests=_requests(stay.requests),
        memory="; ".join(_memory(stay.memory, name) for name in stay.memory[0]),
        whole=crowd.whole,
        lost=crowd.lost,
        done=crowd.done,
        results=len(crowd.results),
        plural="" if len(crowd.results) == 1 else "s",
        failed=crowd.failed,
    )


def _steps(steps: list[Stay]) -> str:
    names = list(steps[0].cores)
    headings = ["polls a second", "came about", "errors", "95 % of polls, ms", "of dashboards, ms", "holds"]
    rows = [
        [
            str(step.polls),
            f"{step.reached:.0f}",
            str(step.failures),
            f"{step.slowest('poll'):.0f}",
            f"{step.slowest('dashboard'):.0f}",
            "yes" if step.holds else "no",
            *(f"{step.cores[name]:.2f}" for name in names),
        ]
        for step in steps
    ]
    return markdown.table([*headings, *(f"cores of {name}" for name in names)], rows)


def _verdict(steps: list[Stay]) -> str:
    held = [step.polls for step in steps if step.holds]
    if not held:
        return f"None of these rates held; {ASKED} polls a second were asked for."
    what = "reaches" if max(held) >= ASKED else "falls short of"
    return f"The highest rate that held, {max(held)} polls a second, {what} the {ASKED} that were asked for."


def _doubling(steps: list[Stay]) -> str:
    """What a poll costs, from how the work grows from step to step, and what twice the best rate would take."""
    best = max((step.polls for step in steps if step.holds), default=steps[0].polls)
    site, generator = (_slope(steps, names) for names in (("web", "database", "cache"), ("generator",)))
    more = best * (site + generator) / 1000
    return (
        f"A poll takes {site:.1f} ms of a core in the web, PostgreSQL and Redis and {generator:.1f} ms in the load "
        f"generator, so twice {best} a second need {more:.1f} cores more: {math.ceil(more)} more, with as many more "
        f"web processes (`WEB_WORKERS`), or a page that polls half as often."
    )


def _slope(steps: list[Stay], names: tuple[str, ...]) -> float:
    """Milliseconds of a core for each poll."""
    used = [sum(step.cores[name] for name in names) for step in steps]
    return float(1000 * np.polyfit([step.reached for step in steps], used, 1)[0])


def _requests(rows: list[dict[str, str]]) -> str:
    columns = ["Request Count", "Failure Count", "50%", "95%", "99%", "100%"]
    headings = ["what", "requests", "errors", "50 %", "95 %", "99 %", "most"]
    return markdown.table(headings, [[row["Name"], *(row[column] for column in columns)] for row in rows])


def _memory(samples: list[Usage], program: str) -> str:
    """After the warm-up, at the end, and what a line through all of it says of an hour."""
    used = [sample[program] for sample in samples][int(WARM_UP * len(samples)) :]
    hours = np.arange(len(used)) * MEMORY_SECONDS / 3600
    growth = f", {np.polyfit(hours, used, 1)[0]:+.0f} an hour by a line through all" if len(used) > 9 else ""
    return f"{program} {used[0]:.0f} at first, {max(used):.0f} at most, {used[-1]:.0f} at the end{growth}"


def arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="at the rate that holds (30)")
    parser.add_argument("--step", type=float, default=60, help="seconds at each rate before (60)")
    parser.add_argument("--upload-mb", type=int, default=200, help="size of an upload (200)")
    return parser.parse_args()


if __name__ == "__main__":
    asked = arguments()
    run(asked.minutes, asked.step, asked.upload_mb * 1_000_000)
