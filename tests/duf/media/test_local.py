"""What the disk does not give is no end of a file: what was found without it does not count."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duf.errors import SourceError
from duf.media import Limits, child, index, probe, read
from duf.media.local import Local
from duf.media.wire import DONE, UNREADABLE
from tests.duf.clips import make

NOWHERE = Path(f"/proc/{os.getpid()}/mem")  # at its beginning there is no memory, and the system answers with EIO


class Breaking(Local):
    """So many reads succeed."""

    reads = 0

    def readinto(self, buffer: Any) -> int:
        if self.reads == 0:
            with NOWHERE.open("rb") as nowhere:
                os.dup2(nowhere.fileno(), self.fileno())
        self.reads -= 1
        return super().readinto(buffer)


class Heard:
    """In the place of the pipe's sender."""

    def __init__(self) -> None:
        self.last: tuple[bytes, Any] = (b"", None)

    def send(self, kind: bytes, value: Any = None) -> None:
        self.last = kind, value

    def send_picture(self, picture: object) -> None:
        pass


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    folder = tmp_path_factory.mktemp("clips")
    yield [make(folder / name, frames=60, size=(160, 120)) for name in ("a.mp4", "a.mkv")]


@pytest.mark.parametrize("look", [probe, index, lambda path: list(read(path))])
def test_a_file_that_the_disk_does_not_give_is_not_called_damaged(look) -> None:
    with pytest.raises(SourceError, match=r"The disk could not be read \(Input/output error\); try again"):
        look(NOWHERE)


@pytest.mark.parametrize("kind", [0, 1])
def test_a_disk_that_breaks_in_the_middle_makes_no_shorter_video(clips, kind) -> None:
    ends = []
    for reads in range(40):
        raw = Breaking(os.open(clips[kind], os.O_RDONLY))
        raw.reads, heard = reads, Heard()
        with io.BufferedReader(raw) as file:
            child.answer(child.index, [file], {}, Limits(), heard)
        ends.append(heard.last)
        if raw.reads >= 0:
            break
    assert ends[:-1] == [(UNREADABLE, "Input/output error")] * (len(ends) - 1)
    assert ends[-1] == (DONE, None)
    assert len(ends) > 4
