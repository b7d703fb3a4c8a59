"""Each attempt is made in a process of its own, since what is given up never comes back."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BEFORE = "import os, socket, sys; from duf.media.landlock import give_up_everything; v = give_up_everything(); "


def attempt(code: str) -> str:
    """What came of it: the exception's name, or nothing; skips where the kernel has no Landlock."""
    wrapped = f"print(v)\ntry:\n    {code}\nexcept OSError as error:\n    print(type(error).__name__)"
    done = subprocess.run(
        [sys.executable, "-c", f"{BEFORE}\n{wrapped}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    version, *rest = done.stdout.split()
    if version == "0":
        pytest.skip("this kernel has no Landlock")
    return " ".join(rest)


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd')",
        "os.execv('/bin/true', ['true'])",
        "os.unlink({file!r})",
        "os.truncate({file!r}, 0)",
        "os.kill(os.getppid(), 0)",
        "socket.create_connection(('127.0.0.1', 9))",
    ],
)
def test_nothing_outside_can_be_reached(tmp_path: Path, code: str) -> None:
    file = tmp_path / "kept"
    file.write_text("whole")
    assert attempt(code.format(file=str(file))) == "PermissionError"
    assert file.read_text() == "whole"


def test_what_is_open_stays_usable(tmp_path: Path) -> None:
    before = f"file = open({str(tmp_path / 'open')!r}, 'w'); "
    code = (
        f"import os; {before}from duf.media.landlock import give_up_everything; give_up_everything(); file.write('in')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert (tmp_path / "open").read_text() == "in"
