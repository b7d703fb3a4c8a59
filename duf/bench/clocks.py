"""What was used: seconds, core seconds of all threads and processes, memory."""

import platform
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from duf import devices, native
from duf.bench.plan import PRESETS, Plan
from duf.errors import MediaError
from duf.processes import TICKS, core_seconds, core_seconds_of_ended


def cores_used() -> float:
    """Core seconds so far of this process, of its children, and of theirs that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    ended = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return ended + sum(core_seconds(child) + core_seconds_of_ended(child) for child in _children())


def _children() -> list[int]:
    """The numbers of our children that live."""
    return [int(pid) for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()]


def busy() -> float:
    """Core seconds so far of everything on this machine."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, soft = (int(field) for field in fields[:7])
    return (user + nice + system + irq + soft) / TICKS


def timed(action: Callable[[], Any]) -> tuple[float, float]:
    """Seconds and core seconds of an action."""
    began, used = time.perf_counter(), cores_used()
    action()
    return time.perf_counter() - began, cores_used() - used


class Working:
    """Core seconds so far of engines at work (duf/streaming.py): of those who call them, and of threads for kernels."""

    def __init__(self, engines: Iterable[Any]) -> None:
        self.called = 0.0
        for engine in engines:
            engine.remember, engine.draw = self.counting(engine.remember), self.counting(engine.draw)

    def counting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any) -> Any:
            began = time.thread_time()
            result = function(*given)
            self.called += time.thread_time() - began
            return result

        return counted

    def __call__(self) -> float:
        idents = [thread.ident for thread in threading.enumerate() if thread.name.startswith(native.THREADS)]
        return self.called + sum(time.clock_gettime(time.pthread_getcpuclockid(ident)) for ident in idents if ident)


class Stopwatch:
    """Notes the core milliseconds a frame that each stage takes."""

    def __init__(self, runs: dict[str, list[float]], frames: int) -> None:
        self.runs, self.frames = runs, frames

    def __call__(self, name: str, work: Iterable[Any]) -> list[Any]:
        """All that comes of `work`, with the time that it took."""
        done: list[Any] = []
        _, cores = timed(lambda: done.extend(work))
        self.runs.setdefault(name, []).append(cores * 1000 / self.frames)
        return done


WATCH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


def watched(clip: Path, plan: Plan) -> tuple[float, float, float]:
    """Seconds, core seconds and greatest memory (MB) of the command line that upscales a clip."""
    words = [sys.executable, "-m", "duf", "upscale", "--model", plan.model, "--scale", str(plan.scale), "--force"]
    words += ["--precision", plan.precision] if plan.precision else []
    words += ["--preset", PRESETS[0], str(clip), str(clip.with_name("out.mp4"))]
    began = time.perf_counter()
    # A process between the two, because a child counts the memory of the one that it was forked from.
    done = subprocess.run([sys.executable, "-c", WATCH, *words], capture_output=True, text=True)
    if done.returncode:
        raise MediaError(f"`{' '.join(words)}` failed; run it to see why.")
    cores, memory = map(float, done.stdout.split())
    return time.perf_counter() - began, cores, memory * 1024 / 1e6


def machine() -> dict[str, Any]:
    """Where it was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())
    return {"processor": name, "kernels": native.target() or "none", "cores": devices.cores()}


def described(where: dict[str, Any]) -> str:
    """In words."""
    return ", ".join(f"{value} {name}" if name == "cores" else f"{name} {value}" for name, value in where.items())
