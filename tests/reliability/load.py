"""`python -m tests.reliability.load --minutes N`: 50 people at once, into docs/reliability.md."""

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psutil
from django.test import Client

from duf import markdown
from tests.reliability import page, places
from tests.servers import postgresql, redis
from vsrsite.paths import BASE_DIR

if TYPE_CHECKING:  # the settings have to be made first
    from tests.videos.site import Site
    from videos.models import Upscale

TITLE = "Load"
PEOPLE = 50
JOBS = 8
UPLOAD_BYTES = 8 << 20
SAMPLE_SECONDS = 5
TEXT = """Written by `python -m tests.reliability.load --minutes {minutes:g}` on {date}, on {cores} cores shared with
the load generator, PostgreSQL, Redis and others (load average {load:.1f} at the end). {people} people are signed in,
each asking up to four times a second; 20 of them upload files of {mib} MiB, one after another; {jobs} jobs run. This
was {minutes:g} minutes with small files, not half an hour with 20 files of 200 MB at once. Milliseconds:

{requests}

{rate:.0f} requests a second held. Memory of all the site's programs: {memory_first:.0f} MB at first,
{memory_most:.0f} MB at most, {memory_last:.0f} MB at the end. Of {uploads} files that came whole, {lost} were lost or
changed; of the {jobs} jobs {jobs_done} were done when it ended and {jobs_failed} had failed."""


def run(minutes: float) -> None:
    with postgresql() as database, redis() as cache, TemporaryDirectory() as folder:
        places.set_up(database.url, cache.url)
        from tests.videos.site import Site
        from tests.videos.test_load import free_port

        address = f"127.0.0.1:{free_port()}"
        site = Site("web", "light", "heavy", BIND=address, WEB_WORKERS="2", WEB_THREADS="16")
        try:
            jobs = _people(site, Path(folder))
            memory = _let_loose(site, Path(folder), f"http://{address}", minutes)
            page.write(TITLE, _told(minutes, Path(folder), memory, jobs))
        finally:
            site.stop()
    print(f"{page.FILE} is written.")


def _people(site: "Site", folder: Path) -> "list[Upscale]":
    """Everybody has a session and a video to look at; the first ones have a job, too."""
    from accounts.models import User
    from tests.duf.clips import Sound, make
    from tests.videos.site import convert, ready, upload

    clip = make(folder / "clip.mp4", frames=480, size=(320, 240), sounds=[Sound()])
    people = [User.objects.create_user(f"person{number}@example.org") for number in range(PEOPLE)]
    videos = [upload(person, clip) for person in people[:JOBS]]
    site.wait_until(lambda: ready(*videos), 200)
    sessions = []
    for number, person in enumerate(people):
        client = Client()
        client.force_login(person)
        path = f"/videos/{videos[number].pk}/card/" if number < JOBS else "/queue/"
        sessions.append([client.cookies["sessionid"].value, path])
    (folder / "sessions.json").write_text(json.dumps(sessions))
    return [convert(video, [(start, start + 48) for start in range(0, 480, 48)]) for video in videos]


def _let_loose(site: "Site", folder: Path, address: str, minutes: float) -> list[float]:
    """The memory of the site in MB, now and then while locust runs."""
    words = ["-m", "locust", "-f", "tests/reliability/people.py", "--headless", "--host", address, "--only-summary"]
    words += ["-u", str(PEOPLE), "-r", "10", "-t", f"{round(60 * minutes)}s", "--csv", str(folder / "load")]
    environment = {
        **os.environ,
        "SESSIONS": str(folder / "sessions.json"),
        "UPLOAD_BYTES": str(UPLOAD_BYTES),
    }
    memory = []
    locust = subprocess.Popen([sys.executable, *words], cwd=BASE_DIR, env=environment)
    while locust.poll() is None:
        time.sleep(SAMPLE_SECONDS)
        site.look_after()
        memory.append(sum(map(_memory, site.processes())))
    return memory


def _memory(pid: int) -> float:
    """MB of its own; 0 if it has just ended."""
    try:
        return float(psutil.Process(pid).memory_full_info().uss / 1e6)
    except psutil.Error:
        return 0.0


def _told(minutes: float, folder: Path, memory: list[float], jobs: "list[Upscale]") -> str:
    from tests.reliability.content import content
    from tests.videos.soundness import troubles
    from videos.models import Upscale, Video

    rows = list(csv.DictReader((folder / "load_stats.csv").open()))
    whole = Video.objects.filter(size=UPLOAD_BYTES).exclude(state="uploading")
    sent = dict.fromkeys(whole.values_list("pk", flat=True), content(UPLOAD_BYTES))
    states = [Upscale.objects.get(pk=job.pk).state for job in jobs]
    return TEXT.format(
        minutes=minutes,
        date=time.strftime("%Y-%m-%d"),
        cores=os.cpu_count(),
        load=os.getloadavg()[0],
        people=PEOPLE,
        mib=UPLOAD_BYTES >> 20,
        jobs=JOBS,
        requests=_table(rows),
        rate=float(rows[-1]["Requests/s"]),
        memory_first=memory[0],
        memory_most=max(memory),
        memory_last=memory[-1],
        uploads=len(sent),
        lost=sum("has other bytes" in said or "source is gone" in said for said in troubles(sent)),
        jobs_done=states.count("done"),
        jobs_failed=states.count("failed"),
    )


def _table(rows: list[dict[str, str]]) -> str:
    columns = ["Request Count", "Failure Count", "50%", "95%", "99%", "100%"]
    headings = ["what", "requests", "errors", "50 %", "95 %", "99 %", "most"]
    return markdown.table(headings, [[row["Name"], *(row[column] for column in columns)] for row in rows])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    run(parser.parse_args().minutes)
