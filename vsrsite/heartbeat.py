"""A cluster's sign of life: a file that says until when it holds. `python -m vsrsite.heartbeat` fails when it is over.

For the health checks of containers, each of which has a file of its own, named by HEARTBEAT. It needs no database and
no Django, so it may be asked often.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path

from vsrsite import env

OVER = "The queue has not been seen to move for too long."


def beat(seconds: float) -> None:
    """Say that all is well for so long."""
    if name := env.text("HEARTBEAT"):
        with suppress(OSError):  # then the old one is over soon, which is all there is to say
            Path(name).write_text(str(time.time() + seconds), encoding="ascii")


def alive() -> bool:
    """Whether the last sign of life still holds."""
    try:
        return time.time() < float(Path(env.text("HEARTBEAT")).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(None if alive() else OVER)
