"""Cutting a job into segments, or saying at once why it cannot be done."""

from pathlib import Path

import pytest

from accounts.models import User
from duf.catalog import fastest
from duf.media import index, probe
from tests.duf.clips import make
from videos.models import Segment, Upscale, Video
from videos.work.planning import plan
from videos.work.segments import request


@pytest.fixture
def deep(alice: User, tmp_path: Path) -> Video:
    """A checked video of ten bits a sample."""
    clip = make(tmp_path / "deep.mkv", frames=4, codec="libx265", pix_fmt="yuv420p10le")
    facts = probe(clip).to_json()
    video = Video.objects.create(owner=alice, name="deep.mkv", size=1, state=Video.State.READY, facts=facts, frames=4)
    video.folder.mkdir()
    clip.rename(video.source)
    index(video.source).save(video.index)
    return video


def test_a_job_is_cut_into_segments(deep: Video) -> None:
    upscale = Upscale.objects.create(video=deep, model="bicubic", scale=2)
    plan(upscale.pk)
    assert list(Segment.objects.values_list("upscale", "start", "stop")) == [(upscale.pk, 0, 4)]


def test_all_segments_run_in_the_precision_that_was_settled(deep: Video) -> None:
    upscale = Upscale.objects.create(video=deep, model="stream", scale=2)
    plan(upscale.pk)
    upscale.refresh_from_db()
    assert upscale.precision == fastest("stream", 2)
    asked = request(
        Segment.objects.select_related("upscale__video__owner").get(), deep.index, deep.folder / "output", []
    )
    assert asked["precision"] == upscale.precision


def test_what_the_result_will_not_keep_is_written_down(deep: Video) -> None:
    deep.facts["notes"] = ["The timecode track is not kept."]
    deep.save()
    upscale = Upscale.objects.create(video=deep, model="bicubic", scale=2)
    plan(upscale.pk)
    upscale.refresh_from_db()
    assert upscale.notes == ["The timecode track is not kept."]


def test_what_cannot_be_done_fails_at_the_first_attempt(deep: Video) -> None:
    upscale = Upscale.objects.create(video=deep, model="bicubic", scale=2, settings={"codec": "vp9"})
    plan(upscale.pk)
    upscale.refresh_from_db()
    assert (upscale.state, upscale.holder) == (Upscale.State.FAILED, None)
    assert "choose h265 or av1" in upscale.reason
