"""What people complain about elsewhere, each in one test: it cannot be made of this. What is behind each is tested at
length where it lives."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from duf.media import Index, index, probe
from duf.pipeline import load, prepare, upscale_file
from tests.conftest import JobMaker
from tests.duf.clips import Sound, Text, make
from tests.videos.test_trials import POINT
from tests.videos.test_views import CLIP
from videos import quotes, samples, words
from videos.measured import Trial
from videos.models import Segment, Upscale, Video
from videos.progress import progress_of
from videos.work.claiming import claim_next
from videos.work.sweeping import sweep
from vsrsite.paths import BASE_DIR

LONG_AGO = "2020-01-01T00:00:00Z"
UNEVEN = [0, 512, 900, 2048, 2100, 3300, 4096, 5000]


def test_1_sound_does_not_drift_and_the_speed_is_right(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", frames=8, pts=UNEVEN, sounds=[Sound()])
    receipt = upscale_file(prepare(source, 2), load("bicubic", 2), tmp_path / "b.mp4")
    assert receipt.worst_sync < 0.001 and receipt.worst_picture < 0.001
    found, tick = index(tmp_path / "b.mp4"), float(probe(tmp_path / "b.mp4").video.tick)
    assert np.allclose((found.pts - found.pts[0]) * tick, np.array(UNEVEN) / 12800, atol=1e-6)


def test_2_a_crash_loses_no_finished_work(alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=3)
    first, second = claim_next(), claim_next()
    assert first and second and first.done("segment.nut")
    (job.folder).mkdir()
    (job.folder / "segment.nut").write_bytes(b"frames")
    Segment.objects.filter(pk=second.pk).update(lease=LONG_AGO)  # whoever held it is no more
    sweep()
    assert (job.folder / "segment.nut").exists() and job.segments.get(state="done") == first
    again = claim_next()
    assert again and again.pk == second.pk


def test_3_frames_do_not_fill_the_disk(tmp_path: Path) -> None:
    source, folder = make(tmp_path / "a.mp4", frames=30), tmp_path / "results"
    folder.mkdir()
    seen: list[int] = []

    def look(done: int) -> None:
        assert len(list(folder.iterdir())) == 1
        seen.append(sum(path.stat().st_size for path in folder.iterdir()))

    upscale_file(prepare(source, 2), load("bicubic", 2), folder / "b.mp4", progress=look)
    raw = 30 * 128 * 96 * 1.5
    assert len(seen) == 30 and max(seen) < raw / 4
    assert [path.name for path in folder.iterdir()] == ["b.mp4"]


def test_4_no_track_is_lost(tmp_path: Path) -> None:
    sounds, chapters = [Sound(), Sound("deu", tone=880)], [(0.0, 0.2, "One"), (0.2, 0.4, "Two")]
    source = make(tmp_path / "a.mkv", frames=10, sounds=sounds, texts=[Text()], chapters=chapters, attachment=b"a font")
    receipt = upscale_file(prepare(source, 2), load("bicubic", 2), tmp_path / "b.mkv")
    assert [track["kind"] for track in receipt.tracks] == ["audio", "audio", "subtitle"]
    assert (receipt.chapters, receipt.attachments) == (2, 1) and receipt.ok


def test_5_time_and_size_are_told_before_the_start(client: Client, alice: User) -> None:
    video = checked(alice)
    Trial.objects.create(
        video=video, model="bicubic", scale=2, codec="h264", crf=16, state="done", points=[POINT], segments=1
    )
    client.force_login(alice)
    query = {"model": "bicubic", "scale": 2}
    page = client.get(reverse("videos:quote", args=[video.pk], query=query)).content.decode()
    quote = quotes.quote_for(video, "bicubic", 2, {})
    assert quote and quote.bytes
    for told in (words.quoted_time(quote), words.quoted_spread(quote), words.quoted_size(quote)):
        assert told and told in page


def test_6_it_works_without_a_graphics_card(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", frames=3)
    receipt = upscale_file(prepare(source, 4), load("stream", 4), tmp_path / "b.mp4")
    assert (receipt.frames, receipt.width, receipt.height) == (3, 256, 192)


def test_7_a_moment_is_tried_before_the_whole(alice: User, bob: User, job_of: JobMaker, calls: list[str]) -> None:
    job_of(bob, priority=9)
    video = checked(alice)
    samples.ask(video, 100, [("bicubic", 2), ("lanczos", 2)])
    for sample in Upscale.objects.filter(sample=True):
        assert sample.frames < (video.frames or 0)
        Segment.objects.create(upscale=sample, number=0, start=sample.start or 0, stop=sample.stop or 0)
    first = claim_next()
    assert first and first.upscale.sample


def test_8_progress_is_a_number_that_means_something_and_waiting_has_a_reason(
    alice: User, bob: User, job_of: JobMaker
) -> None:
    job_of(bob)
    waiting, empty = job_of(alice, paused="The disk is almost full; delete something."), job_of(alice, pieces=0)
    for job in (waiting, empty):
        progress = progress_of(job)
        assert isinstance(progress.percent, int) and progress.percent == 0 and progress.position
        assert "number" in words.state(job, progress) and words.turn(progress)
    assert progress_of(job_of(alice, frames=1000, frames_done=999)).percent == 99


def test_9_colours_do_not_shift(tmp_path: Path) -> None:
    deep = {"codec": "libx265", "pix_fmt": "yuv420p10le", "colour": (9, 16, 9, 2)}
    source = make(tmp_path / "a.mkv", frames=3, **deep)
    receipt = upscale_file(prepare(source, 2), load("bicubic", 2), tmp_path / "b.mkv")
    before, after = probe(source).video, probe(tmp_path / "b.mkv").video
    assert receipt.ok and before.bit_depth == after.bit_depth == 10
    for name in ("primaries", "transfer", "matrix", "range"):
        assert getattr(before.colour, name) == getattr(after.colour, name)


@pytest.mark.parametrize(
    "shape",
    [{"rotation": 90}, {"sar": Fraction(16, 15)}, {"size": (65, 49), "pix_fmt": "yuv444p"}, {"interlaced": True}],
)
def test_10_the_shape_of_the_picture_stays(tmp_path: Path, shape: dict[str, object]) -> None:
    source = make(tmp_path / "a.mp4", frames=3, **shape)
    receipt = upscale_file(prepare(source, 2), load("bicubic", 2), tmp_path / "b.mp4")
    before, after = probe(source).video, probe(tmp_path / "b.mp4").video
    assert receipt.ok and (before.rotation, before.sample_aspect_ratio) == (after.rotation, after.sample_aspect_ratio)
    assert abs(after.width - 2 * before.width) <= 1 and abs(after.height - 2 * before.height) <= 1
    assert after.interlaced == "no"


def test_11_containers_need_nothing_that_the_example_does_not_name() -> None:
    compose, example = ((BASE_DIR / name).read_text() for name in ("compose.yaml", ".env.example"))
    needed = set(re.findall(r"\$\{(\w+):\?", compose))
    assert needed <= set(re.findall(r"^#?(\w+)=", example, re.MULTILINE))
    assert compose.count("healthcheck:") >= 2


def test_12_nobody_starves_and_nothing_sticks(alice: User, bob: User, job_of: JobMaker) -> None:
    for _ in range(5):
        job_of(alice, pieces=3)
    job_of(bob, pieces=1)
    turns = [turn for turn in (claim_next(), claim_next()) if turn]
    assert {turn.upscale.video.owner for turn in turns} == {alice, bob}
    Segment.objects.filter(state="running").update(lease=LONG_AGO)  # whoever held them is no more
    sweep()
    assert {turn.pk for turn in (claim_next(), claim_next()) if turn} == {turn.pk for turn in turns}


def test_13_a_video_is_enlarged_by_choosing_a_file(
    client: Client, alice: User, settings: Settings, tmp_path: Path, calls: list[str]
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    client.force_login(alice)
    assert 'type="file"' in client.get("/").content.decode()
    client.post("/upload/", {"file": SimpleUploadedFile("holiday.mp4", b"frames")})
    video = Video.objects.get()
    Video.objects.update(state="ready", facts=CLIP.to_json(), frames=312)
    assert "Convert</button>" in client.get("/").content.decode()
    client.post(reverse("videos:convert", args=[video.pk]), {"scale": 2, "model": "bicubic"})
    assert Upscale.objects.get().state == "queued"


def checked(owner: User) -> Video:
    """A video that is ready, with an index of a single scene and without a picture."""
    video = Video.objects.create(owner=owner, name="a.mp4", size=4000, state="ready", facts=CLIP.to_json(), frames=900)
    video.folder.mkdir()
    first = np.arange(900) == 0
    Index(np.arange(900) * 512, np.full(900, 512), np.zeros(900, np.uint32), first).save(video.index)
    return video
