"""A heartbeat holds for as long as it says."""

from pathlib import Path

import pytest

from vsrsite import heartbeat


def test_a_heartbeat_holds_for_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT", str(tmp_path / "heartbeat"))
    assert not heartbeat.alive()
    heartbeat.beat(60)
    assert heartbeat.alive()
    heartbeat.beat(-1)
    assert not heartbeat.alive()


def test_a_place_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT", str(tmp_path / "nowhere" / "heartbeat"))
    heartbeat.beat(60)
    assert not heartbeat.alive()


def test_without_a_file_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEARTBEAT", raising=False)
    heartbeat.beat(60)
    assert not heartbeat.alive()
