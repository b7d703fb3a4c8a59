"""The warm child, spoken to as the site does."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duf.media.reader import index, probe
from tests.duf.clips import make

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A request for all of a clip."""
    folder = tmp_path_factory.mktemp("served")
    source = make(folder / "clip.mp4", frames=12)
    index(source).save(folder / "index.npz")
    paths = {"source": str(source), "index": str(folder / "index.npz")}
    clip = probe(source).to_json()
    return {"clip": clip, **paths, "start": 0, "stop": 12, "model": "bicubic", "scale": 2, "settings": {}}


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "duf", "serve"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def ask(child: subprocess.Popen[str], request: dict[str, Any]) -> None:
    assert child.stdin
    child.stdin.write(json.dumps(request) + "\n")
    child.stdin.flush()


def answer(child: subprocess.Popen[str], name: str) -> dict[str, Any]:
    """The last word on a request; what came before has to be progress."""
    assert child.stdout
    while True:
        message: dict[str, Any] = json.loads(child.stdout.readline())
        assert message["id"] == name
        if "frames" not in message:
            return message
        assert 0 < message["frames"] <= 12


def test_it_answers_survives_failures_and_answers_again(
    child: subprocess.Popen[str], asked: dict[str, Any], tmp_path: Path
) -> None:
    ask(child, {"id": "one", **asked, "output": str(tmp_path / "one.nut")})
    done = answer(child, "one")["done"]
    assert done["frames"] == 12 and done["seconds"] > 0
    assert (tmp_path / "one.nut").stat().st_size > 0

    wrong: dict[str, dict[str, Any]] = {
        "There is no model called magic": {"model": "magic"},
        "cannot be opened": {"source": str(tmp_path / "gone.mp4")},
        "cannot enlarge 7 times": {"scale": 7},
        "choose one of h264": {"settings": {"codec": "divx"}},
        "A file cannot be used": {"index": str(tmp_path / "gone.npz")},
        "broke down": {"clip": {}},
    }
    for number, (sentence, change) in enumerate(wrong.items()):
        ask(child, {"id": str(number), **asked, "output": str(tmp_path / "two.nut"), **change})
        told = answer(child, str(number))
        assert sentence in told["error"] and not told["passes"]
        assert not (tmp_path / "two.nut").exists()

    unreadable = f"/proc/{os.getpid()}/mem"  # at its beginning the system answers with EIO
    ask(child, {"id": "disk", **asked, "source": unreadable, "output": str(tmp_path / "two.nut")})
    told = answer(child, "disk")
    assert "The disk could not be read" in told["error"] and told["passes"]

    ask(child, {"id": "three", **asked, "output": str(tmp_path / "three.nut")})
    assert "done" in answer(child, "three")
    assert (tmp_path / "three.nut").read_bytes() == (tmp_path / "one.nut").read_bytes()


def test_it_tries_a_model_at_points_of_the_clip_and_leaves_nothing(
    child: subprocess.Popen[str], asked: dict[str, Any], tmp_path: Path
) -> None:
    ask(child, {**asked, "id": "try", "trial": True, "output": str(tmp_path / "scratch.nut")})
    (point,) = answer(child, "try")["done"]["points"]  # twelve frames are one point
    assert (point["frames"], point["keys"]) == (12, 1)
    assert point["pace"] > 0 and point["key_bytes"] > 0
    assert not (tmp_path / "scratch.nut").exists()


def test_it_ends_when_nobody_asks_any_more(child: subprocess.Popen[str]) -> None:
    assert child.stdin
    child.stdin.close()
    assert child.wait(timeout=30) == 0


def test_closing_its_input_in_the_middle_ends_it_and_leaves_no_output(
    child: subprocess.Popen[str], asked: dict[str, Any], tmp_path: Path
) -> None:
    long = make(tmp_path / "long.mp4", frames=150, size=(128, 96))
    index(long).save(tmp_path / "long.npz")
    request = {**asked, "clip": probe(long).to_json(), "source": str(long), "index": str(tmp_path / "long.npz")}
    ask(child, {**request, "id": "long", "stop": 150, "scale": 4, "output": str(tmp_path / "long.nut")})
    assert child.stdout and "frames" in json.loads(child.stdout.readline())
    assert (tmp_path / "long.nut").exists()
    assert child.stdin
    child.stdin.close()
    start = time.monotonic()
    assert child.wait(timeout=30) == 0
    assert time.monotonic() - start < 5
    assert not (tmp_path / "long.nut").exists()


STARVED = """
import sys, threading
from duf import service

class Thread(threading.Thread):
    def _bootstrap(self):
        raise MemoryError

sys.unraisablehook = service._ends_without_memory
Thread().start()
"""


def test_it_ends_where_it_would_wait_for_a_thread_that_has_no_memory_to_begin() -> None:
    ended = subprocess.run([sys.executable, "-c", STARVED], cwd=ROOT, timeout=60, check=False)
    assert ended.returncode == 1
