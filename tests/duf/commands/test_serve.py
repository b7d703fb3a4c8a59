"""The warm child takes the processor only when nobody else wants it."""

import os
import subprocess
import sys

CODE = """
import os
from duf.commands.serve import yield_to_others
yield_to_others()
print(os.nice(0), os.sched_getscheduler(0))
"""


def test_it_runs_at_the_lowest_priority() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["19", str(os.SCHED_IDLE)]
