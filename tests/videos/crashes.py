"""A process is killed before its n-th change to a file or a row; n counts up until it comes to its end.

Killed, not stopped by an exception: no `finally` tidies up, as after a power cut.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

# Of Python's audit events, those that change what lies in a folder; a replacement is a renaming, too.
CHANGES = {"os.mkdir", "os.link", "os.rename", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
STATEMENTS = ("INSERT", "UPDATE", "DELETE")


def every_crash(action: Callable[[], object], prepare: Callable[[], None], step: int = 1) -> Iterator[int]:
    """Prepare, run the action and kill it, `step` changes later each time; the last time it comes to its end."""
    for number in count(0, step):
        prepare()
        crashed = _run_until(number, action)
        yield number
        if not crashed:
            return


def _run_until(number: int, action: Callable[[], object]) -> bool:
    """Whether the action was killed before its change of this number."""
    connections.close_all()  # no connection is shared with the process to come
    process = os.fork()
    if process == 0:
        _die_before(number)
        _run_and_exit(action)
    _, status = os.waitpid(process, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or status == 0, "The action failed by itself; see above."
    return killed


def _run_and_exit(action: Callable[[], object]) -> None:
    try:
        action()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _die_before(number: int) -> None:
    """Of a forked process that nobody needs afterwards, so nothing is put back."""
    changes = count()

    def step() -> None:
        if next(changes) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def audited(event: str, args: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and _is_ours(args[0]) and args[2] & WRITES):
            step()

    def executed(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if sql.startswith(STATEMENTS):
            step()
        return execute(sql, *args)

    sys.addaudithook(audited)
    os.fsync = _after(step, os.fsync)
    BaseDatabaseWrapper._commit = _after(step, BaseDatabaseWrapper._commit)  # type: ignore[attr-defined]
    connection.execute_wrappers.append(executed)


def _is_ours(path: object) -> bool:
    return isinstance(path, str | os.PathLike) and Path(path).is_relative_to(settings.MEDIA_ROOT)


def _after(step: Callable[[], None], call: Callable[..., Any]) -> Callable[..., Any]:
    def called(*args: Any, **options: Any) -> Any:
        step()
        return call(*args, **options)

    return called
