"""Finding out what an upload is."""

import hashlib
from pathlib import Path

from pytest_django import Settings

from accounts.models import User
from tests.duf.clips import make
from videos.models import Video
from videos.work.checking import check, claim_next


def uploaded(owner: User, content: bytes) -> Video:
    """A video whose last byte has just arrived."""
    video = Video.objects.create(owner=owner, name="new.mp4", size=len(content), state=Video.State.CHECKING)
    video.folder.mkdir()
    video.source.write_bytes(content)
    return video


def checked(video: Video) -> Video:
    check()
    video.refresh_from_db()
    return video


def test_a_video_gets_its_facts_poster_index_and_checksum(alice: User, calls: list[str], tmp_path: Path) -> None:
    content = make(tmp_path / "clip.mp4", frames=5).read_bytes()
    video = checked(uploaded(alice, content))
    assert (video.state, video.frames, video.holder) == (Video.State.READY, 5, None)
    assert video.clip.video.width == 64
    assert video.poster.is_file() and video.index.is_file()
    assert video.sha256 == hashlib.sha256(content).hexdigest()


def test_what_is_no_video_is_refused_in_a_sentence_and_keeps_its_checksum(alice: User, calls: list[str]) -> None:
    video = checked(uploaded(alice, b"a letter to a friend"))
    assert (video.state, video.holder) == (Video.State.REFUSED, None)
    assert video.reason.endswith(".")
    assert video.sha256 == hashlib.sha256(b"a letter to a friend").hexdigest()


def test_the_person_with_fewer_checks_going_on_comes_first(
    alice: User, bob: User, calls: list[str], settings: Settings
) -> None:
    settings.LIGHT_WORKERS = 3
    for content in (b"first", b"second"):
        uploaded(alice, content)
    of_bob = uploaded(bob, b"third")
    claimed = [claim_next(), claim_next()]
    assert [video and video.owner for video in claimed] == [alice, bob]
    assert claimed[1] == of_bob
    assert claim_next() is None  # one worker is left for quicker work
