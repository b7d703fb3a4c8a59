"""What is kept on the disk is there after a power cut, names and all."""

import errno
import os
from pathlib import Path

import pytest

from videos.disk import Disk, sync_names


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What has been made safe, in order."""
    paths: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda number: paths.append(Path(f"/proc/self/fd/{number}").readlink()))
    return paths


def test_a_file_is_safe_before_it_has_its_name_and_the_name_before_it_counts(
    synced: list[Path], tmp_path: Path
) -> None:
    made, kept = Disk().desk(tmp_path / "video") / "new", tmp_path / "video" / "result"
    made.write_bytes(b"frames")
    Disk().put(made, kept)
    assert kept.read_bytes() == b"frames"
    assert synced == [made, kept.parent, tmp_path]


def test_a_file_system_that_cannot_sync_names_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(number: int) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(os, "fsync", refuse)
    reason = errno.EINVAL
    sync_names(tmp_path)
    reason = errno.EIO
    with pytest.raises(OSError, match="Input/output"):
        sync_names(tmp_path)
