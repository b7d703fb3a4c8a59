"""`make run` leaves nothing beside VAR_DIR."""

import os
import subprocess
import sys
import time
from pathlib import Path

from vsrsite.paths import BASE_DIR

WAIT_SECONDS = 60


def test_the_number_of_its_process_lies_in_var_dir(tmp_path: Path) -> None:
    """The line that starts all programs, without any."""
    dry = ["make", "--dry-run", "--no-print-directory", "--old-file=install", "run", f"VENV={sys.prefix}"]
    line = subprocess.run(dry, cwd=BASE_DIR, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    empty = tmp_path / "none.conf"
    head, _, _ = (BASE_DIR / "supervisord.conf").read_text().partition("[program:")
    empty.write_text(head)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    environment = {**os.environ, "VAR_DIR": str(folder), "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"}
    command = line.replace("supervisord.conf", str(empty))
    process = subprocess.Popen(["sh", "-c", command], cwd=BASE_DIR, env=environment)
    number = folder / "supervisord.pid"
    try:
        end = time.monotonic() + WAIT_SECONDS
        while not (number.exists() and number.read_text()) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        assert int(number.read_text()) == process.pid
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)
