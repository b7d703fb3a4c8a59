"""`manage.py cluster light|heavy`: a cluster of workers that leaves no orphans and ends when it is stuck.

Whoever started it (supervisord, a container's restart policy) starts it anew.
"""

import ctypes
import gc
import logging
import os
import signal
import sys
import time
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import connections
from django_q.cluster import Cluster
from django_q.conf import Conf
from django_q.signals import post_spawn

from videos import queue
from videos.work.attempts import Stopped
from videos.work.watching import wait_until_stuck
from vsrsite import reaching

PR_SET_PDEATHSIG = 1  # from linux/prctl.h
STOP_SECONDS = 8  # for the workers to give back what they do

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Runs the workers of one cluster."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=[queue.LIGHT, queue.HEAVY])

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[Any, Any]:
        """A database that is newer than this code is not worked on."""
        return {"databases": ["default"]}

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if name != Conf.CLUSTER_NAME:  # django-q2 reads the name from the environment when it is imported
            os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "Q_CLUSTER_NAME": name})
        reaching.wait_for_tables(self.stderr.write)
        prepare_forks()
        post_spawn.connect(stop_when_told)
        cluster = Cluster()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop(cluster))
        cluster.start()
        Thread(target=end_when_stuck, args=(name,), daemon=True).start()
        queue.wake_heavy() if name == queue.HEAVY else queue.wake_sweep()
        cluster.sentinel.join()


def prepare_forks() -> None:
    """No process begins with a connection to the database, and none outlives its parent.

    SQLite would count on the locks of an inherited connection, which the system does not know in the child: two
    processes then write where only one may, and the database is destroyed.

    What is loaded by now stays for good, so the collector of no worker needs to touch it, which would copy it.
    """
    gc.collect()
    gc.freeze()
    os.register_at_fork(before=connections.close_all, after_in_child=die_with_parent)


def die_with_parent() -> None:
    """When the parent is killed the kernel kills this process too, all the way down."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop(cluster: Cluster) -> NoReturn:
    """Tell the workers, give them time to give back what they were doing, and take everything else along.

    django-q2's own way waits for the end of every task, and for ever if one of its processes was killed.
    """
    sentinel = cluster.sentinel.pid
    os.kill(sentinel, signal.SIGSTOP)  # or it would replace the workers that leave
    workers = Path(f"/proc/{sentinel}/task/{sentinel}/children").read_text().split()
    for worker in workers:
        os.kill(int(worker), signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while any(map(runs, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    os._exit(0)


def runs(pid: str) -> bool:
    """Whether a process has not ended yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def stop_when_told(**kwargs: Any) -> None:
    """In a worker: a planned stop ends what it is doing, and the attempt is given back."""

    def stopped(number: int, frame: FrameType | None) -> NoReturn:
        raise Stopped(0)

    signal.signal(signal.SIGTERM, stopped)


def end_when_stuck(name: str) -> None:
    wait_until_stuck(name)
    log.error("The %s cluster is stuck; it ends to be started anew.", name)
    os._exit(1)
