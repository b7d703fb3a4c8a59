"""Samples: where they begin and end, that they go first, and that nothing of them is computed twice."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.db.models import Q
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from duf.catalog import MODELS
from duf.media import Index, index, probe
from duf.media.encode import CODECS
from duf.media.reader import read
from duf.media.rendition import is_playable
from tests.conftest import JobMaker
from tests.duf.clips import Sound, Text, make
from tests.videos.test_trials import POINT
from videos import jobs, retention, samples
from videos.measured import Trial
from videos.models import Segment, Upscale, Video
from videos.quotas import Refused
from videos.quotes import quote_for
from videos.samples import around
from videos.work import segments
from videos.work.assembling import assemble
from videos.work.child import Child
from videos.work.claiming import claim_next
from videos.work.planning import NEAR, plan, taken_over
from videos.work.sweeping import sweep

FRAMES = 130  # at 25 a second; scenes of 30, 40 and 60 frames, of which bicubic starts anew after 48


def checked(owner: User, clip: Path) -> Video:
    found = index(clip)
    video = Video.objects.create(
        owner=owner, name=clip.name, size=10_000, state="ready", facts=probe(clip).to_json(), frames=len(found)
    )
    video.folder.mkdir()
    clip.rename(video.source)
    found.save(video.index)
    return video


@pytest.fixture
def video(alice: User, tmp_path: Path) -> Video:
    return checked(alice, make(tmp_path / "clip.mp4", frames=FRAMES, cuts=[30, 70]))


@pytest.mark.parametrize(
    ("frame", "fewest", "expected"),
    [
        (0, 20, (0, 30)),
        (29, 20, (0, 30)),
        (30, 20, (30, 70)),
        (0, 40, (0, 70)),  # one scene is too short to be seen, so the next comes along
        (125, 40, (70, 130)),  # at the end of the clip: the one before
        (129, 500, (0, 130)),  # the clip is shorter than a sample
        (9999, 5, (118, 130)),
    ],
)
def test_a_sample_is_whole_steps_around_the_moment(frame: int, fewest: int, expected: tuple[int, int]) -> None:
    assert around([0, 30, 70, 118, 130], frame, fewest) == expected


def test_of_a_long_scene_few_frames_are_made_whatever_is_compared(video: Video) -> None:
    even(1000).save(video.index)
    assert samples.stretch_at(video, 300) == (288, 384)  # two seconds, in whole steps
    assert samples.usual_frames(Video(frames=1000, facts={**video.facts, "duration": 40.0})) == 96


@pytest.mark.parametrize(
    ("frame", "expected"),
    [(500, (438, 562)), (400, (400, 525)), (0, (400, 525)), (899, (775, 900)), (9999, (775, 900))],
)
def test_of_a_long_stretch_five_seconds_around_the_moment_are_shown(
    video: Video, frame: int, expected: tuple[int, int]
) -> None:
    even(1000).save(video.index)
    assert samples.shown_of(video, 400, 900, frame) == expected


def test_of_a_short_stretch_and_of_a_picture_that_stands_for_long_all_is_shown(video: Video) -> None:
    assert samples.shown_of(video, 30, 100, 80) == (30, 100)
    slow = even(4)
    replace(slow, pts=slow.pts * 200, duration=slow.duration * 200).save(video.index)  # eight seconds each
    assert samples.shown_of(video, 0, 4, 2) == (2, 3)


def even(frames: int) -> Index:
    """So many frames at 25 a second."""
    each, first = np.full(frames, 512), np.arange(frames) == 0
    return Index(np.arange(frames) * 512, each, np.zeros(frames, np.uint32), first)


def test_asking_again_makes_nothing_twice_and_three_are_enough(video: Video, calls: list[str]) -> None:
    assert samples.ask(video, 0, [("bicubic", 2)]) == samples.ask(video, 1, [("bicubic", 2), ("lanczos", 2)])
    assert Upscale.objects.count() == 2
    with pytest.raises(Refused, match="wait until one is done"):
        samples.ask(video, 0, [("bicubic", 3), ("lanczos", 3)])
    assert Upscale.objects.count() == 2  # all or nothing


def test_a_sample_that_others_would_wait_long_for_is_refused(
    video: Video, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = replace(MODELS["bicubic"], cost=1e6)
    monkeypatch.setitem(MODELS, "bicubic", slow)
    with pytest.raises(Refused, match="choose a faster model"):
        samples.ask(video, 0, [("bicubic", 2)])


def test_what_failed_is_tried_again_when_it_is_asked_for_again(video: Video, calls: list[str]) -> None:
    samples.ask(video, 0, [("bicubic", 2)])
    Upscale.objects.update(state="failed", reason="It broke; try again.")
    samples.ask(video, 0, [("bicubic", 2)])
    assert Upscale.objects.get().state == Upscale.State.QUEUED


def test_a_sample_goes_before_everybodys_jobs(
    alice: User, bob: User, video: Video, job_of: JobMaker, calls: list[str]
) -> None:
    job_of(bob, priority=9)
    job_of(alice, priority=9)
    samples.ask(video, 0, [("bicubic", 2)])
    plan(Upscale.objects.get(sample=True).pk)
    segment = claim_next()
    assert segment and segment.upscale.sample


def test_samples_go_after_a_week_and_the_originals_frames_with_the_last(video: Video, calls: list[str]) -> None:
    start, stop = samples.ask(video, 0, [("bicubic", 2), ("lanczos", 2)])
    video.stretch(start, stop).write_bytes(b"frames")
    first, second = Upscale.objects.order_by("created")
    week = timezone.now() - samples.LIFE - timedelta(hours=1)
    for sample, finished in ((first, week), (second, timezone.now())):
        sample.folder.mkdir()
        sample.change(Q(), state="done", finished=finished)
    samples.remove_old()
    assert list(Upscale.objects.all()) == [second] and not first.folder.exists()
    assert video.stretch(start, stop).exists()
    second.change(Q(), finished=week)
    samples.remove_old()
    sweep()
    assert not Upscale.objects.exists() and not video.stretch(start, stop).exists()


def test_an_original_does_not_go_because_there_is_a_sample(video: Video, calls: list[str], settings: Settings) -> None:
    settings.ORIGINAL_DAYS = settings.RESULT_DAYS = 1
    long_ago = timezone.now() - timedelta(days=99)
    Upscale.objects.create(video=video, model="bicubic", scale=2, sample=True, state="done", finished=long_ago)
    retention.announce()
    video.refresh_from_db()
    assert video.original_expires is None and Upscale.objects.get().expires is None


def made(upscale: Upscale) -> Upscale:
    """Plan, work and assemble, as the clusters would."""
    plan(upscale.pk)
    while Segment.objects.filter(upscale=upscale, state="queued").exists():
        segments.work()
    assemble(upscale.pk)
    upscale.refresh_from_db()
    assert (upscale.state, upscale.reason) == (Upscale.State.DONE, "")
    return upscale


def test_the_whole_takes_over_what_the_sample_has_made(video: Video, calls: list[str], child: Child) -> None:
    start, stop = samples.ask(video, 40, [("bicubic", 2)])
    sample = made(Upscale.objects.get())
    assert (start, stop) == (30, 118)
    assert sample.result and len(list(read(video.stretch(start, stop)))) == stop - start

    trial = Trial.objects.get()  # the sample was as good as one
    assert [point["frames"] for point in trial.points] == [88] and trial.points[0]["key_bytes"] > 0

    job = jobs.convert(video, "bicubic", 2)
    assert job.estimate and job.estimate["frames"] == FRAMES - 88
    whole = made(job)
    parts = list(whole.segments.order_by("number"))
    assert [(part.start, part.stop) for part in parts] == [(0, 30), (30, 118), (118, 130)]
    assert [part.attempts for part in parts] == [1, 0, 1]  # nobody worked on the sample's part again
    assert whole.result
    frames = list(read(whole.result))
    assert len(frames) == FRAMES == whole.frames_done
    for frame, shown in zip(frames[start:stop], read(sample.result), strict=True):
        assert frame.crc == shown.crc
    assert sample.segments.get().file and sample.result.exists()  # and it can still be looked at


def test_a_clip_shorter_than_a_sample_is_its_own_whole(
    alice: User, tmp_path: Path, calls: list[str], child: Child
) -> None:
    video = checked(alice, make(tmp_path / "short.mp4", frames=9, sounds=[Sound()]))
    assert samples.ask(video, 8, [("bicubic", 2)]) == (0, 9)
    made(Upscale.objects.get())
    whole = jobs.convert(video, "bicubic", 2)
    plan(whole.pk)
    whole.refresh_from_db()
    assert (whole.state, whole.frames_done) == (Upscale.State.ASSEMBLING, 9)
    assemble(whole.pk)
    whole.refresh_from_db()
    assert whole.receipt and len(whole.receipt["tracks"]) == 1


@pytest.mark.parametrize(("bounds", "same"), [((240, 480), True), ((288, 384), False), ((240, 288), False)])
def test_the_whole_takes_over_only_what_is_the_same_in_it(
    video: Video, calls: list[str], bounds: tuple[int, int], same: bool
) -> None:
    even(1000).save(video.index)
    video.frames = 1000
    video.save()
    start, stop = bounds
    about = {"video": video, "model": "stream", "scale": 2, "precision": "int8"}
    sample = Upscale.objects.create(sample=True, state="done", start=start, stop=stop, frames=stop - start, **about)
    Segment.objects.create(upscale=sample, number=0, start=start, stop=stop, state="done", file="made")
    sample.folder.mkdir()
    (sample.folder / "made").touch()
    whole = Upscale.objects.create(**about)
    whole.folder.mkdir()
    assert list(taken_over(whole, "int8")) == [bounds] * same
    tried = {"codec": "h264", "crf": CODECS["h264"].crf, "points": [POINT], "segments": 1, "scenes": 1}
    Trial.objects.create(video=video, model="stream", scale=2, state="done", **tried)
    quote = quote_for(Video.objects.get(), "stream", 2, {})
    assert quote and quote.frames == 1000 - (stop - start) * same


def test_a_sample_is_made_as_if_the_clip_began_shortly_before_it(video: Video, calls: list[str]) -> None:
    samples.ask(video, 40, [("bicubic", 2)])
    plan(Upscale.objects.get().pk)
    asked = segments.request(Segment.objects.get(), video.index, video.folder / "new", [])
    assert asked["alone"]


def test_another_choice_is_made_anew(video: Video, calls: list[str], child: Child) -> None:
    samples.ask(video, 40, [("bicubic", 2)])
    made(Upscale.objects.get())
    for scale, encoding in ((3, {}), (2, {"codec": "h264fast"}), (2, {"codec": "h264", "crf": 12})):
        whole = jobs.convert(video, "bicubic", scale, encoding)
        plan(whole.pk)
        assert not whole.segments.filter(state="done").exists()


def test_a_sample_sounds_like_its_moment(alice: User, tmp_path: Path, calls: list[str], child: Child) -> None:
    sounds = [Sound(), Sound("deu", tone=880)]
    video = checked(alice, make(tmp_path / "clip.mkv", frames=FRAMES, cuts=[30, 70], sounds=sounds, texts=[Text()]))
    samples.ask(video, 80, [("bicubic", 2)])
    sample = made(Upscale.objects.get())
    assert sample.heard and sample.receipt and sample.result and sample.result.suffix == ".mp4"
    assert [track["language"] for track in sample.receipt["tracks"]] == ["eng"]  # one is enough
    assert sample.receipt["worst_sync"] < 0.001


def test_a_sample_is_silent_where_its_sound_lies_far_into_the_file_or_no_browser_plays_it(
    alice: User, tmp_path: Path, calls: list[str], child: Child
) -> None:
    strange = checked(alice, make(tmp_path / "a.mkv", frames=9, sounds=[Sound(codec="pcm_s16le")]))
    far = checked(alice, make(tmp_path / "b.mp4", frames=9, sounds=[Sound()]))
    Video.objects.filter(pk=far.pk).update(size=NEAR + 1)
    for pk in (strange.pk, far.pk):
        samples.ask(Video.objects.get(pk=pk), 0, [("bicubic", 2)])
        assert not made(Upscale.objects.get(video=pk)).heard


def test_a_sample_whose_file_is_gone_is_no_use(video: Video, calls: list[str], child: Child) -> None:
    samples.ask(video, 40, [("bicubic", 2)])
    sample = made(Upscale.objects.get())
    (sample.folder / sample.segments.get().file).unlink()
    whole = jobs.convert(video, "bicubic", 2)
    plan(whole.pk)
    assert list(whole.segments.values_list("start", "stop", "state")) == [(0, 130, "queued")]


def test_what_not_every_browser_plays_gets_a_rendition(
    alice: User, tmp_path: Path, calls: list[str], child: Child
) -> None:
    deep = {"codec": "libx265", "pix_fmt": "yuv420p10le"}
    video = checked(alice, make(tmp_path / "deep.mkv", frames=9, **deep))
    samples.ask(video, 0, [("bicubic", 2)])
    sample = made(Upscale.objects.get())
    assert is_playable(probe(sample.rendition).video)
    assert len(list(read(sample.rendition))) == 9
