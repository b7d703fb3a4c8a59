"""What a job will take, from what was measured, and beside the truth afterwards."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from duf.catalog import MODELS
from duf.devices import cores
from tests.conftest import JobMaker
from tests.videos.test_trials import POINT
from tests.videos.test_views import CLIP
from videos import jobs
from videos.measured import Speed, Trial
from videos.models import Segment, Upscale, Video
from videos.quotes import AROUND, Backlog, offers, quote_for


@pytest.fixture
def video(alice: User) -> Video:
    return Video.objects.create(owner=alice, name="a.mp4", size=1000, state="ready", facts=CLIP.to_json(), frames=300)


@pytest.fixture
def trial(video: Video) -> Trial:
    points = [{**POINT, "pace": pace} for pace in (0.1, 0.2, 0.4)]
    return Trial.objects.create(
        video=video, model="bicubic", scale=2, codec="h264", crf=16, state="done", points=points, segments=2, scenes=4
    )


def test_frames_that_a_model_sees_again_where_it_starts_anew_count_too(video: Video, trial: Trial) -> None:
    Trial.objects.update(model="stream", scenes=1, segments=1)
    quote = quote_for(video, "stream", 2, {})
    assert quote and quote.seconds == pytest.approx(AROUND + 0.5 + (300 + MODELS["stream"].past) * 0.2)


def test_before_anything_is_measured_there_is_no_quote(video: Video) -> None:
    assert quote_for(video, "bicubic", 2, {}) is None


def test_time_and_size_come_from_the_trial(video: Video, trial: Trial) -> None:
    quote = quote_for(video, "bicubic", 2, {})
    assert quote
    assert quote.seconds == pytest.approx(AROUND + 2 * 0.5 + 300 * 0.2)
    assert quote.low < quote.seconds < quote.high
    keys = 2 + 4 - 1 + 1  # segments, further scenes, and one because of the length
    assert quote.bytes == pytest.approx(keys * 5000 + (300 - keys) * 1000 + 2 * 16_000 * 12.48, rel=0.001)
    for codec in ("h264fast", "h265"):
        assert offers(video, "bicubic", {"codec": codec})[2].quote is None  # that has not been tried


def test_until_the_trial_is_done_the_speed_of_finished_segments_counts(video: Video, trial: Trial) -> None:
    pixels = video.pixels
    for seconds in (9, 10, 11):
        Speed.objects.create(model="bicubic", scale=2, codec="h264", pixels=pixels, frames=100, seconds=seconds)
    Speed.objects.create(model="bicubic", scale=2, codec="h264", pixels=pixels * 9, frames=100, seconds=900)
    Trial.objects.update(state="waiting", points=[])
    quote = quote_for(video, "bicubic", 2, {})
    assert quote and quote.seconds == pytest.approx(AROUND + 300 * 0.1) and quote.bytes is None
    Trial.objects.update(state="done", points=[{**POINT, "pace": 0.3}])
    quote = quote_for(video, "bicubic", 2, {})
    assert quote and quote.seconds == pytest.approx(AROUND + 2 * 0.5 + 300 * 0.3)
    assert quote.low < AROUND + 300 * 0.12  # it has been faster before


def test_the_spread_is_never_nothing(video: Video, trial: Trial) -> None:
    Trial.objects.update(points=[POINT])
    quote = quote_for(video, "bicubic", 2, {})
    assert quote and quote.low < quote.seconds < quote.high


def test_a_failed_trial_says_why_and_a_waiting_one_that_it_goes_on(video: Video, trial: Trial) -> None:
    Trial.objects.update(state="failed", points=[], reason="It has no weights; choose another.")
    assert offers(video, "bicubic", {})[2].problem == "It has no weights; choose another."
    Trial.objects.update(state="waiting")
    assert offers(video, "bicubic", {})[2].measuring


def test_people_take_turns_so_others_cost_no_more_than_ones_own(
    alice: User, bob: User, charlie: User, job_of: JobMaker
) -> None:
    job_of(alice, estimate={"seconds": 100.0}, frames=20, frames_done=10)
    job_of(bob, estimate={"seconds": 1000.0})
    job_of(charlie, estimate={"seconds": 20.0})
    backlog = Backlog(alice.pk)
    assert backlog.before(30) == pytest.approx(50 + (50 + 30) + 20)


def test_thousands_that_wait_are_weighed_by_one_query_that_reads_no_whole_rows(
    alice: User, bob: User, job_of: JobMaker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    unquoted = job_of(bob, model="stream", frames=20, frames_done=10)
    with django_assert_num_queries(1) as asked:
        backlog = Backlog(alice.pk)
    assert backlog.before(1e9) == pytest.approx(MODELS["stream"].cost * unquoted.video.pixels / 1e6 * 10 / cores())
    assert '"receipt"' not in asked.captured_queries[0]["sql"]


def test_a_job_keeps_its_quote_and_the_command_compares_it_with_the_truth(
    video: Video, trial: Trial, calls: list[str], tmp_path: Path
) -> None:
    job = jobs.convert(video, "bicubic", 2)
    assert job.estimate and job.estimate["seconds"] == pytest.approx(AROUND + 61)
    now, took = timezone.now(), timedelta(seconds=2 * job.estimate["seconds"])
    size = job.estimate["bytes"]
    Upscale.objects.filter(pk=job.pk).update(state="done", created=now - took, finished=now, size=size)
    begun = now - took + timedelta(seconds=2)
    Segment.objects.create(upscale=job, number=0, start=0, stop=300, started=begun, finished=now)
    call_command("quotes", write=tmp_path / "quotes.md")
    page = (tmp_path / "quotes.md").read_text()
    assert "the time of 0 of 1, the size of 1 of 1" in page
    quoted = job.estimate["seconds"]
    assert f"| 426x240, 300 frames | bicubic x2 | {quoted:.1f} s | {2 * quoted:.1f} s | 2.0 s | 2.00 | no |" in page
