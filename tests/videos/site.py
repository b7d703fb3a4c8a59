"""The site's processes, started for a test as supervisord would: what dies is started again."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import connection

from accounts.models import User
from duf.processes import stat
from tests.environment import VAR_DIR
from tests.processes import descendants
from videos import jobs, queue
from videos.models import Upscale, Video
from videos.work.sweeping import sweep
from vsrsite.paths import BASE_DIR

PYTHON = sys.executable
PROGRAMS = {
    "web": [PYTHON, "-m", "gunicorn", "--config", "vsrsite/gunicorn.py", "vsrsite.wsgi"],
    "light": [PYTHON, "manage.py", "cluster", "light"],
    "heavy": [PYTHON, "manage.py", "cluster", "heavy"],
}
LEASE_SECONDS = 5

Identity = tuple[int, str]  # pid, start time: pids are used again


class Site:
    """The programs named, sharing the database and the folder of the tests.

    `together`: in our own session as under supervisord, so that they yield to each other, and to us; else in sessions
    of their own, so that on a busy machine none waits for the others.
    """

    def __init__(self, *names: str, within: Sequence[str] = (), together: bool = False, **environment: str) -> None:
        self._together = together
        self._within = within  # a command that runs each program somewhere else
        quick = {"LEASE_SECONDS": str(LEASE_SECONDS), "STALL_SECONDS": "6", "WEB_WORKERS": "1", "WEB_THREADS": "4"}
        self._environment = {**os.environ, **quick, **environment, "DJANGO_SETTINGS_MODULE": "vsrsite.settings"}
        command = [PYTHON, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(command, cwd=BASE_DIR, env=self._environment, check=True)
        self._log = (VAR_DIR / "site.log").open("ab")
        self.programs = {name: self._start(name) for name in names}
        self.seen: set[Identity] = set()

    def look_after(self) -> None:
        """Start again what died, do the minute's sweep, and remember every process there is."""
        for name, process in self.programs.items():
            if process.poll() is not None:
                self.programs[name] = self._start(name)
        sweep()
        self.processes()

    def wait_until(self, done: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"not done after {seconds} s; {VAR_DIR / 'site.log'} says:\n{self.log()}"
            self.look_after()
            time.sleep(0.3)

    def processes(self, program: str | None = None) -> list[int]:
        """The programs' processes and all their descendants."""
        found = descendants(*(process.pid for name, process in self.programs.items() if program in {None, name}))
        self.seen |= {identity for pid in found if (identity := _identity(pid))}
        return found

    def stop(self) -> None:
        """A planned stop, as supervisord does it."""
        self.processes()
        for process in self.programs.values():
            process.terminate()
        for process in self.programs.values():
            process.wait(20)
        self._log.close()
        connection.close()

    def left_behind(self) -> list[str]:
        """Processes that outlived the site."""
        return [f"{pid}: {_command(pid)}" for pid, born in self.seen if _identity(pid) == (pid, born)]

    def orphans(self) -> list[str]:
        """Processes that outlived the program that had begun them."""
        ours = self.processes()
        alive = [(pid, born) for pid, born in self.seen if pid not in ours and _identity(pid) == (pid, born)]
        return [f"{pid}: {_command(pid)}" for pid, _ in alive]

    def log(self) -> str:
        return (VAR_DIR / "site.log").read_text()[-6000:]

    def _start(self, name: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*self._within, *PROGRAMS[name]],
            cwd=BASE_DIR,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            process_group=0 if self._together else None,
            start_new_session=not self._together,
        )


def upload(owner: User, clip: Path) -> Video:
    """A file of this person's that has just arrived."""
    size = clip.stat().st_size
    video = Video.objects.create(owner=owner, name=clip.name, size=size, offset=size)
    video.folder.mkdir()
    shutil.copy(clip, video.source)
    assert jobs.uploaded(video)
    return video


def ready(*videos: Video) -> bool:
    return not Video.objects.filter(pk__in=[video.pk for video in videos]).exclude(state=Video.State.READY).exists()


def ended(*upscales: Upscale) -> bool:
    return not Upscale.objects.filter(pk__in=[job.pk for job in upscales], state__in=Upscale.ACTIVE).exists()


def convert(video: Video, pieces: list[tuple[int, int]]) -> Upscale:
    """A job in several segments, though its clip is too short for that."""
    upscale = Upscale.objects.create(video=video, model="bicubic", scale=2)
    assert upscale.plan(pieces)
    queue.wake_heavy()
    return upscale


def _identity(pid: int) -> Identity | None:
    fields = stat(pid)
    return (pid, fields[19]) if fields and fields[0] != "Z" else None


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
