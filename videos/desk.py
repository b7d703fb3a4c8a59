"""A folder of this process's own for files that come from a store or go there.

The lock on it is dropped by the system however the process dies, so the next one can tell what nobody needs any more.
"""

import fcntl
import os
import shutil
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

NAME = "desk-"


def of_this_process(root: Path) -> Path:
    """It exists as long as this process does."""
    return _made(root, os.getpid())


@lru_cache(maxsize=1)
def _made(root: Path, process: int) -> Path:
    _clear_away(root)
    while True:
        folder = root / f"{NAME}{uuid4().hex}"
        folder.mkdir(parents=True)
        if _taken(folder) is not None and folder.exists():  # nobody took it for a dead one's just then
            return folder


def _clear_away(root: Path) -> None:
    for folder in root.glob(f"{NAME}*"):
        lock = _taken(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _taken(folder: Path) -> int | None:
    """The lock on a folder, held until it is closed or the process dies; None if somebody else holds it."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock
