"""Watching a job that goes on: what is finished plays in order, and the last finished frame is shown twice."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from duf.media import probe
from duf.media.reader import read
from duf.media.rendition import is_playable
from tests.duf.clips import Sound, make
from tests.videos.test_samples import checked
from videos.models import Upscale
from videos.previews import finished, playable
from videos.work import segments
from videos.work.child import Child


@pytest.fixture
def job(alice: User, tmp_path: Path, calls: list[str], child: Child) -> Upscale:
    """Two of its three segments are finished."""
    video = checked(alice, make(tmp_path / "clip.mp4", frames=30, cuts=[10, 20], sounds=[Sound()]))
    job = Upscale.objects.create(video=video, model="bicubic", scale=2, settings={"codec": "h264"})
    assert job.plan([(0, 10), (10, 20), (20, 30)])
    segments.work()
    segments.work()
    job.refresh_from_db()
    return job


def test_finished_segments_are_listed_in_order_and_play(job: Upscale) -> None:
    shown = finished(job)
    times = [segment["text"] for segment in shown["segments"]]
    assert shown["active"] and times == ["0:00.0 – 0:00.4", "0:00.4 – 0:00.8"]
    for number, segment in enumerate(job.segments.order_by("number")[:2]):
        assert shown["segments"][number]["url"] == reverse("videos:segment", args=[job.pk, number])
        path = playable(segment)
        assert path and path == playable(segment)
        assert is_playable(probe(path).video)
        frames = list(read(path))
        assert len(frames) == 10 and frames[0].pts == 0
    assert playable(job.segments.get(number=2)) is None


def test_the_last_finished_frame_is_there_before_and_after(job: Upscale) -> None:
    stills = finished(job)["stills"]
    assert stills and all(path.is_file() for path in job.stills)
    before = stills["after"]
    segments.work()
    stills = finished(job)["stills"]
    assert stills and stills["after"] != before  # another address for another frame


def test_what_not_every_browser_plays_is_not_listed(job: Upscale) -> None:
    job.settings = {"codec": "h264fast"}
    assert finished(job)["segments"]
    job.settings = {"codec": "h265"}
    assert finished(job)["segments"] == []


def test_when_the_job_has_ended_there_is_nothing_to_watch(job: Upscale) -> None:
    job.cancel()
    assert finished(job) == {"active": False, "segments": [], "stills": None}


def test_the_page_gets_what_it_asks_for_and_a_stranger_nothing(job: Upscale, client: Client, bob: User) -> None:
    def statuses() -> list[int]:
        """Of the list, a finished segment, one that is not, and a picture."""
        names = [("finished",), ("segment", 0), ("segment", 2), ("segment", 9), ("still", "before")]
        return [client.get(reverse(f"videos:{name}", args=[job.pk, *more])).status_code for name, *more in names]

    client.force_login(job.video.owner)
    assert statuses() == [200, 200, 404, 404, 200]
    client.force_login(bob)
    assert statuses() == [404] * 5
