"""The fork server: it is there once, comes back when it has died, and belongs to one process alone."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from duf.errors import MediaError, SourceError
from duf.media import forks
from duf.media.facts import Limits
from duf.media.forks import BATCH, Fork
from duf.media.sandbox import Sandbox
from duf.media.wire import DONE
from tests.duf.clips import make
from tests.duf.media.test_sandbox import is_gone, nothing_but_frames


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def server() -> int:
    fork = Fork()
    try:
        return parent_of(fork.pid)
    finally:
        fork.close()


def test_one_server_forks_every_process() -> None:
    assert server() == server() != os.getpid()


def test_a_process_that_was_never_ordered_ends_at_the_close() -> None:
    fork = Fork()
    fork.close()
    assert not Path(f"/proc/{fork.pid}").exists()
    assert fork.wait() == -signal.SIGKILL


def test_a_server_that_dies_takes_its_forks_along_and_comes_back(tmp_path: Path) -> None:
    clip = nothing_but_frames(tmp_path / "a.y4m", 400)
    with Sandbox("index", {}, [clip], Limits()) as sandbox:
        messages = sandbox.messages()
        next(messages)
        dead = parent_of(sandbox.pid)
        os.kill(dead, signal.SIGKILL)
        with pytest.raises(MediaError, match="broke down"):
            list(messages)
        assert is_gone(sandbox.pid, 3)
    assert server() != dead


def test_a_fork_of_this_process_has_a_server_of_its_own() -> None:
    ours = server()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(server) != ours
    assert server() == ours


def test_more_files_than_the_system_carries_at_once_arrive(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mp4")
    with Sandbox("probe", {}, [clip] * (2 * BATCH + 1), Limits()) as sandbox:
        assert [kind for kind, _ in sandbox.messages()][-1] == DONE


def test_where_no_server_stays_alive_the_file_is_not_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = make(tmp_path / "a.mp4")
    monkeypatch.setattr(forks, "_born", lambda: None)
    with pytest.raises(SourceError, match="could not be started; try again"):
        Sandbox("probe", {}, [clip], Limits())
