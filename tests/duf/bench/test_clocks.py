import subprocess
import sys
from pathlib import Path

import pytest

from duf.bench.clocks import cores_used, watched
from duf.bench.plan import Plan
from duf.errors import MediaError


def test_a_run_of_the_command_line_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="run it to see why"):
        watched(tmp_path / "none.mp4", Plan())


def test_counts_what_the_children_of_a_living_child_used() -> None:
    burn = "import time; [None for _ in iter(lambda: time.process_time() < 0.35, False)]"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print(flush=True); input()"
    before = cores_used()
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout and child.stdout.readline()
        assert cores_used() - before > 0.3
        child.communicate(b"\n")
