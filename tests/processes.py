"""The processes that a test starts, and how they get on while others compute."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from duf.processes import stat

LOOK_SECONDS = 0.5


def descendants(*pids: int) -> list[int]:
    """These processes, and theirs, and so on."""
    tree: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat(int(entry.name))):
            tree.setdefault(int(fields[1]), []).append(int(entry.name))
    found = list(pids)
    for pid in found:
        found += tree.get(pid, [])
    return found


@contextmanager
def hurried(niceness: int = 0) -> Iterator[None]:
    """What we start does not yield to the rest of the machine, which may never leave it anything.

    niceness: of its sessions; below 0, for which one must be root, they come before others.
    """
    over = threading.Event()
    thread = threading.Thread(target=_hurry, args=[over, niceness], daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _hurry(over: threading.Event, niceness: int) -> None:
    """Linux shares the processor out between sessions; those that yield more are told to yield less."""
    while not over.wait(LOOK_SECONDS):
        for pid in descendants(os.getpid()):
            with suppress(OSError):  # the process is gone, or this Linux has no such thing
                come_forward(Path(f"/proc/{pid}/autogroup"), niceness)


def come_forward(session: Path, niceness: int) -> None:
    """Read as "/autogroup-7 nice 19", or as nothing while the process is being buried."""
    words = session.read_text().split()
    if words and int(words[-1]) > niceness:
        session.write_text(str(niceness))
