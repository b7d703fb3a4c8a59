"""`python -m tests.quotes CLIPS`: how near quotes come to the truth, on a site of its own, into docs/quotes.md.

CLIPS is a folder; a clip whose name ends in -x2 or -x3 is made so many times as large, any other four times. Every clip
is uploaded, quoted and converted, one after the other, so on a machine that does nothing else it takes a few times as
long as the conversions alone.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import environment
from vsrsite.paths import BASE_DIR

MODEL = "stream"
PATIENCE = 1800  # seconds for one clip
PAGE = BASE_DIR / "docs" / "quotes.md"


def measure(folder: Path) -> None:
    _set_up()
    from accounts.models import User
    from tests.videos.site import Site

    clips = sorted(path for path in folder.iterdir() if path.suffix in {".mp4", ".mkv", ".mov", ".avi"})
    owner = User.objects.create_user("owner@example.org")
    site = Site("light", "heavy", LEASE_SECONDS="60", STALL_SECONDS="600")  # as people run it
    try:
        for clip in clips:
            print(_told(clip, _converted(owner, clip)), flush=True)
    finally:
        site.stop()
    _write()


def _set_up() -> None:
    """Django in this process, on a folder of its own."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "vsrsite.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _converted(owner: Any, clip: Path) -> Any:
    """The finished job of a clip that was quoted first, as somebody does who reads before the click."""
    from tests.videos.site import upload
    from videos import jobs
    from videos.models import Upscale, Video

    video = upload(owner, clip)
    trials = video.trials.all()
    _wait(lambda: Video.objects.get(pk=video.pk).state != "checking" and trials.exists())
    _wait(lambda: not trials.filter(state="waiting").exists())
    job = jobs.convert(Video.objects.get(pk=video.pk), MODEL, _scale(clip))
    _wait(lambda: not Upscale.objects.filter(pk=job.pk, state__in=Upscale.ACTIVE).exists())
    job.refresh_from_db()
    assert job.state == "done", job.reason
    return job


def _scale(clip: Path) -> int:
    return {"-x2": 2, "-x3": 3}.get(clip.stem[-3:], 4)


def _wait(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"not done after {PATIENCE} s; {environment.VAR_DIR / 'site.log'} says more"
        time.sleep(0.5)


def _told(clip: Path, job: Any) -> str:
    from videos.quotes import truth

    found = truth(job)
    return (
        f"{clip.name}: quoted {found.quote.wait + found.quote.seconds:.1f} s, took {found.seconds:.1f} s, ratio "
        f"{found.time_ratio:.2f} (of it {found.around:.1f} s around the segments; load {os.getloadavg()[0]:.1f})"
    )


def _write() -> None:
    from django.core.management import call_command

    call_command("quotes", write=PAGE)
    print(next(line for line in PAGE.read_text().splitlines() if line.startswith("Within")))


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
