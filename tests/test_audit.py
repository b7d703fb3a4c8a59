"""`make audit` against services that answer, that know of something, and that cannot be reached."""

import os
import subprocess
from pathlib import Path

import pytest

from vsrsite.paths import BASE_DIR

CLEAN = "exit 0"
FOUND = {"pip-audit": "echo 'Found 2 known vulnerabilities' >&2; exit 1", "npm": "echo '# npm audit report'; exit 1"}
AWAY = "echo 'ERROR: Connection refused' >&2; exit 1"


def audit(folder: Path, **tools: str) -> "subprocess.CompletedProcess[str]":
    for name, does in tools.items():
        tool = folder / name.replace("_", "-")
        tool.write_text(f"#!/bin/sh\n{does}\n")
        tool.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    return subprocess.run(["./audit.sh"], cwd=BASE_DIR, env={"PATH": path}, capture_output=True, text=True)


def test_nothing_known_is_said_and_ends_well(tmp_path: Path) -> None:
    told = audit(tmp_path, pip_audit=CLEAN, npm=CLEAN)
    assert (told.returncode, told.stdout.count("no known weaknesses")) == (0, 2)


@pytest.mark.parametrize("tool", FOUND)
def test_what_is_known_is_shown_and_ends_badly(tmp_path: Path, tool: str) -> None:
    tools = {"pip_audit": CLEAN, "npm": CLEAN} | {tool.replace("-", "_"): FOUND[tool]}
    told = audit(tmp_path, **tools)
    assert told.returncode == 1 and ": known weaknesses." in told.stdout


@pytest.mark.parametrize("other", [CLEAN, FOUND["npm"]])
def test_a_service_that_does_not_answer_is_never_taken_for_a_clean_one(tmp_path: Path, other: str) -> None:
    told = audit(tmp_path, pip_audit=AWAY, npm=other)
    assert told.returncode == 2
    assert "Python packages: NOT AUDITED" in told.stdout and "Connection refused" in told.stdout
