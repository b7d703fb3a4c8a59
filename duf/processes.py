"""What Linux tells of the processes of this machine."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

REAL_TIME = {os.SCHED_FIFO, os.SCHED_RR}
TICKS = os.sysconf("SC_CLK_TCK")  # of a core second
LOOK, STARVED = 1.0, 0.1  # seconds, and the share of a core below which a process starves


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on, of a process or a thread; empty if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def core_seconds(pid: int) -> float:
    """Of a process so far."""
    return sum(map(int, stat(pid)[11:13])) / TICKS


def core_seconds_of_ended(pid: int) -> float:
    """Of its children that have ended."""
    return sum(map(int, stat(pid)[13:15])) / TICKS


def is_starved(pid: int) -> bool:
    """Whether it is ready to run and hardly gets to: it waits for the processor, not for anything else."""
    threads = [int(task.name) for task in Path(f"/proc/{pid}/task").glob("*")]
    ready, before = any(stat(thread)[:1] == ["R"] for thread in threads), core_seconds(pid)
    time.sleep(LOOK)
    return ready and core_seconds(pid) - before < STARVED * LOOK


@contextmanager
def no_real_time() -> Iterator[None]:
    """Threads that come before everything on the machine afterwards are put back to where this one was.

    SVT-AV1 makes its own and the one that opens it so wherever it may, and that is for root.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        for task in Path("/proc/self/task").iterdir():
            with suppress(OSError):  # it has ended
                if os.sched_getscheduler(int(task.name)) in REAL_TIME:
                    os.sched_setscheduler(int(task.name), policy, parameters)
