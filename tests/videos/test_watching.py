"""Whoever watches a cluster says that it is stuck after several looks, and gives a sign of life until then."""

import pytest
from django.db import OperationalError

from videos.work import watching


class Looks:
    """What each look at the queue finds."""

    def __init__(self, *found: bool | Exception) -> None:
        self._found = iter(found)

    def __call__(self, cluster: str) -> bool:
        found = next(self._found)
        if isinstance(found, Exception):
            raise found
        return found


def beats(monkeypatch: pytest.MonkeyPatch, *found: bool | Exception) -> int:
    """How many signs of life there were until the cluster was called stuck."""
    made: list[float] = []
    monkeypatch.setattr(watching, "is_stuck", Looks(*found))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("vsrsite.heartbeat.beat", made.append)
    watching.wait_until_stuck("heavy")
    return len(made)


def test_a_sign_of_life_comes_at_the_start_and_after_each_look_that_finds_it_moving(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert beats(monkeypatch, False, False, True, True, False, True, True, True) == 4


def test_a_database_that_cannot_be_asked_is_no_sign_of_life_and_no_end(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert beats(monkeypatch, True, True, OperationalError("gone"), True) == 1
