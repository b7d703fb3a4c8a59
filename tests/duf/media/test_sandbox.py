"""The decoding process: what it may not do, and how it ends."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from duf.errors import MediaError, SourceError
from duf.media import sandbox as sandboxes
from duf.media.facts import Limits
from duf.media.forks import ENVIRONMENT, ROOT
from duf.media.sandbox import Sandbox
from duf.media.wire import DONE, SHOT
from tests.duf.clips import make

FRAME_BYTES = 2048 * 2048 * 3 // 2


def nothing_but_frames(path: Path, frames: int) -> Path:
    """Large pictures in a small file: all but the marks between them is a hole."""
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W2048 H2048 F25:1 C420\n")
        for _ in range(frames):
            file.write(b"FRAME\n")
            file.seek(FRAME_BYTES, 1)
        file.truncate()
    return path


def confined(statements: str) -> subprocess.CompletedProcess[str]:
    script = f"from duf.media.sandbox import confine\nfrom duf.media.facts import Limits\nimport socket\n{statements}"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize(
    "attempt", ["open('/etc/passwd')", "open('new', 'w')", "socket.socket()", "socket.socketpair()"]
)
def test_once_confined_nothing_more_can_be_opened(tmp_path: Path, attempt: str) -> None:
    assert confined(f"import os\nos.chdir({str(tmp_path)!r})\n{attempt}").returncode == 0
    refused = confined(f"import os\nos.chdir({str(tmp_path)!r})\nconfine(Limits(), 0)\n{attempt}")
    assert "Too many open files" in refused.stderr


def test_once_confined_no_file_can_grow(tmp_path: Path) -> None:
    statements = (
        f"file = open({str(tmp_path / 'out')!r}, 'wb', buffering=0)\nconfine(Limits(), 100)\nfile.write(bytes(%d))"
    )
    assert confined(statements % 100).returncode == 0
    assert confined(statements % 101).stdout == ""
    assert (tmp_path / "out").stat().st_size == 100


def test_the_decoding_process_runs_under_every_limit_and_with_an_empty_environment(tmp_path: Path) -> None:
    os.environ["SECRET_OF_THE_SITE"] = "x"
    limits = Limits(memory=3 << 29, cpu_seconds=77)
    with Sandbox("read", {"skip": 0}, [make(tmp_path / "a.mp4", frames=80, size=(320, 240))], limits) as sandbox:
        assert next(kind for kind, _ in sandbox.messages() if kind == SHOT)
        pid = sandbox.pid
        assert resource.prlimit(pid, resource.RLIMIT_AS)[0] == 3 << 29
        assert resource.prlimit(pid, resource.RLIMIT_CPU)[0] == 77
        assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)
        assert resource.prlimit(pid, resource.RLIMIT_NOFILE) == (0, 0)
        environment = Path(f"/proc/{pid}/environ").read_bytes().decode()
        assert {pair.split("=")[0] for pair in environment.split("\0") if pair} == set(ENVIRONMENT)
        mapped = Path(f"/proc/{pid}/maps").read_text()
        assert "tensorflow" not in mapped and "libavformat" in mapped


def test_leaving_the_sandbox_kills_and_reaps_the_process(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mp4", frames=80, size=(256, 192))  # more than the pipe holds
    with Sandbox("read", {"skip": 0}, [clip], Limits()) as sandbox:
        next(sandbox.messages())
        assert is_running(sandbox.pid)
    assert not Path(f"/proc/{sandbox.pid}").exists()


def test_a_finished_job_says_so(tmp_path: Path) -> None:
    with Sandbox("probe", {}, [make(tmp_path / "a.mp4")], Limits()) as sandbox:
        assert [kind for kind, _ in sandbox.messages()][-1] == DONE


@pytest.mark.parametrize(
    ("starves", "error", "words"),
    [(False, MediaError, "stopped making progress"), (True, SourceError, "too much else to do")],
)
def test_a_process_that_falls_silent_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starves: bool, error: type[Exception], words: str
) -> None:
    monkeypatch.setattr(sandboxes, "is_starved", lambda pid: starves)
    clip = nothing_but_frames(tmp_path / "a.y4m", 4)
    with Sandbox("read", {"skip": 0}, [clip], Limits(silence=2.0)) as sandbox:
        messages = sandbox.messages()
        next(messages)
        os.kill(sandbox.pid, signal.SIGSTOP)
        with pytest.raises(error, match=words):
            list(messages)


def test_too_much_computing_time_is_one_sentence(tmp_path: Path) -> None:
    clip = nothing_but_frames(tmp_path / "a.y4m", 400)
    with (
        Sandbox("index", {}, [clip], Limits(cpu_seconds=1)) as sandbox,
        pytest.raises(MediaError, match="computing time"),
    ):
        list(sandbox.messages())


def test_too_much_memory_is_one_sentence(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mkv", frames=2, codec="ffv1", size=(3000, 2000))
    with Sandbox("index", {}, [clip], Limits(memory=320 << 20)) as sandbox, pytest.raises(MediaError, match="memory"):
        list(sandbox.messages())


def test_a_decoder_that_breaks_down_is_one_sentence(tmp_path: Path) -> None:
    clip = nothing_but_frames(tmp_path / "a.y4m", 20)
    with Sandbox("read", {"skip": 0}, [clip], Limits()) as sandbox:
        messages = sandbox.messages()
        next(messages)
        os.kill(sandbox.pid, signal.SIGSEGV)
        with pytest.raises(MediaError, match="broke down"):
            list(messages)


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM])
def test_a_parent_that_dies_leaves_no_orphan(tmp_path: Path, death: signal.Signals) -> None:
    clip = nothing_but_frames(tmp_path / "a.y4m", 400)
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom duf.media.facts import Limits\n"
        "from duf.media.sandbox import Sandbox\n"
        f"sandbox = Sandbox('index', {{}}, [Path({str(clip)!r})], Limits())\n"
        "from duf.media.forks import Fork\nwaiting = Fork()\n"
        "next(sandbox.messages())\nprint(sandbox.pid, waiting.pid, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout
        children = [int(number) for number in parent.stdout.readline().split()]
        assert all(map(is_running, children))
        parent.send_signal(death)
    assert all(is_gone(child, 3) for child in children)
