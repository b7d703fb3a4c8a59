"""The keeper of the upscaling process, against a process that answers as it is asked to."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from duf.errors import SourceError
from videos.work import child as keeper
from videos.work.child import Child, UpscaleError
from videos.work.leases import Hold, Lost

pytestmark = pytest.mark.django_db  # a hold lets go of a connection that broke

SERVE = """
import json, os, signal, sys
for line in sys.stdin:
    request = json.loads(line)
    for frames in range(1, request.get("frames", 0) + 1):
        print(json.dumps({"id": request["id"], "frames": frames}), flush=True)
    if request.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if request.get("hang"):
        signal.pause()
    if request.get("error"):
        told = {"error": request["error"], "passes": request.get("passes", False)}
        print(json.dumps({"id": request["id"], **told}), flush=True)
    else:
        print(json.dumps({"id": request["id"], "done": {"pid": os.getpid()}}), flush=True)
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Child:
    script = tmp_path / "serve.py"
    script.write_text(SERVE)
    monkeypatch.setattr(keeper, "COMMAND", [sys.executable, str(script)])
    monkeypatch.setattr(keeper, "TICK_SECONDS", 0.02)
    return Child()


@pytest.fixture
def hold() -> Hold:
    return Hold(lambda frames: True)


def pid_of(child: Child) -> int:
    assert child._process
    return child._process.pid


def test_frames_are_counted_and_the_process_is_kept_warm(child: Child, hold: Hold) -> None:
    child.run({"frames": 3}, hold)
    first = pid_of(child)
    assert hold.frames == 3
    assert child.run({"frames": 5}, hold) == {"pid": first}
    assert (pid_of(child), hold.frames) == (first, 5)
    child.stop()


def test_an_error_is_raised_as_its_sentence_and_the_process_stays(child: Child, hold: Hold) -> None:
    with pytest.raises(UpscaleError, match="The file has changed"):
        child.run({"error": "The file has changed."}, hold)
    first = pid_of(child)
    child.run({}, hold)
    assert pid_of(child) == first
    child.stop()


def test_what_may_pass_is_told_from_what_is_wrong_with_the_file(child: Child, hold: Hold) -> None:
    with pytest.raises(SourceError, match="The disk could not be read"):
        child.run({"error": "The disk could not be read.", "passes": True}, hold)
    child.stop()


def test_a_crash_is_an_error_that_says_how_and_the_next_request_gets_a_new_process(child: Child, hold: Hold) -> None:
    with pytest.raises(UpscaleError, match="killed by SIGKILL"):
        child.run({"die": True, "frames": 1}, hold)
    child.run({"frames": 2}, hold)
    assert hold.frames == 2
    child.stop()


def test_a_process_that_died_while_idle_costs_nothing(child: Child, hold: Hold) -> None:
    child.run({}, hold)
    os.kill(pid_of(child), signal.SIGKILL)
    time.sleep(0.1)
    child.run({"frames": 1}, hold)
    assert hold.frames == 1
    child.stop()


def test_a_lost_row_ends_the_process_at_once(child: Child) -> None:
    hold = Hold(lambda frames: False)
    hold._tick()
    with pytest.raises(Lost):
        child.run({"hang": True}, hold)
    assert child._process is None


def test_silence_is_an_error(child: Child, hold: Hold, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "SILENCE_SECONDS", 0.1)
    with pytest.raises(UpscaleError, match="stopped making progress"):
        child.run({"hang": True}, hold)


def test_the_process_ends_when_its_keeper_dies(child: Child, hold: Hold) -> None:
    child.run({}, hold)
    process = child._process
    assert process
    process.communicate(timeout=5)  # closes its input
    assert process.returncode == 0


def test_it_has_a_session_of_its_own_to_yield_as_a_whole(child: Child, hold: Hold) -> None:
    child.run({}, hold)
    assert os.getsid(pid_of(child)) == pid_of(child) != os.getsid(0)
    child.stop()
