"""What Linux tells of the processes of this machine."""

import os
import time
from pathlib import Path

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
