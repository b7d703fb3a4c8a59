"""Who has used the processor and the memory, of all that takes part in a run."""

import os
import time
from collections.abc import Iterable

import psutil

from tests.videos.site import Site

PASSING, DECODING = "duf.media.child", "decoding"  # a word of their commands, and how they are called here
SERVERS = {"database": "postgres", "cache": "redis-server"}


def memory(site: Site) -> dict[str, float]:
    """MB by program, without those processes that end by themselves soon; these are "decoding"."""
    used = dict.fromkeys([*site.programs, DECODING], 0.0)
    for name in site.programs:
        for pid in site.processes(name):
            passing, megabytes = _memory(pid)
            used[DECODING if passing else name] += megabytes
    return used


class Usage:
    """The cores that each took part in using since this was made, and that others took."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._begun, self._before, self._busy = time.monotonic(), self._seconds(), _busy()

    def cores(self) -> dict[str, float]:
        """By program, server, "generator" (this process and locust), and "others" of this machine."""
        passed, now = time.monotonic() - self._begun, self._seconds()
        used = {name: max(0.0, now[name] - self._before[name]) / passed for name in now}
        return {**used, "others": max(0.0, (_busy() - self._busy) / passed - sum(used.values()))}

    def _seconds(self) -> dict[str, float]:
        us = psutil.Process()
        children = us.children()
        programs = {name: self._site.processes(name) for name in self._site.programs}
        known = {pid for pids in programs.values() for pid in pids}
        servers = {
            name: [tree.pid for child in children if child.name() == program for tree in _tree(child)]
            for name, program in SERVERS.items()
        }
        known |= {pid for pids in servers.values() for pid in pids}
        locust = [child.pid for child in children if child.pid not in known]
        own = sum(os.times()[:4])  # with children that have ended
        used = {name: core_seconds(pids) for name, pids in (programs | servers).items()}
        return {**used, "generator": own + core_seconds(locust)}


def _tree(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _busy() -> float:
    """Seconds that all cores of the machine have worked."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def core_seconds(pids: Iterable[int]) -> float:
    """With their children that have ended."""
    total = 0.0
    for pid in pids:
        try:
            total += sum(psutil.Process(pid).cpu_times()[:4])
        except psutil.Error:
            continue
    return total


def _memory(pid: int) -> tuple[bool, float]:
    """Whether it will end by itself soon, and its MB with a share of what it shares; 0 if it has just ended."""
    try:
        process = psutil.Process(pid)
        return PASSING in process.cmdline(), float(process.memory_full_info().pss / 1e6)
    except psutil.Error:
        return False, 0.0
