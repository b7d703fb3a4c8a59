"""Converting a part of a video: it begins and ends at the chosen frames, whose pictures are those of the whole."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from duf.catalog import MODELS
from duf.media import Index, read
from tests.duf.clips import Sound, Text, make
from tests.videos.test_quotes import POINT
from tests.videos.test_samples import checked, made
from videos import jobs, samples
from videos.measured import Trial
from videos.models import Upscale, Video
from videos.presets import of_job
from videos.quotas import Refused
from videos.quotes import quote_for
from videos.trimming import stretch_of
from videos.work.child import Child

FRAMES = 100  # at 25 a second; bicubic starts anew after 48


@pytest.fixture
def video(alice: User, tmp_path: Path) -> Video:
    text = Text(lines=((0.0, 0.5, "Before"), (1.0, 3.0, "During"), (3.6, 3.9, "After")))
    return checked(alice, make(tmp_path / "a.mkv", frames=FRAMES, cuts=[60], sounds=[Sound()], texts=[text]))


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        (None, None, None),
        (0.0, 4.0, None),  # all of it
        (0.8, None, (20, 100)),
        (None, 0.8, (0, 20)),
        (0.79, 0.81, (20, 21)),
        (0.8, 99.0, (20, 100)),
    ],
)
def test_a_part_is_the_frames_that_begin_in_it(
    video: Video, start: float | None, end: float | None, frames: tuple[int, int] | None
) -> None:
    assert stretch_of(video, start, end) == frames


@pytest.mark.parametrize(("start", "end"), [(4.0, None), (2.0, 2.0), (3.0, 1.0), (None, 0.0), (1e300, None)])
def test_a_part_without_a_picture_is_refused(video: Video, start: float | None, end: float | None) -> None:
    with pytest.raises(Refused, match="choose an earlier start or a later end"):
        stretch_of(video, start, end)


def test_a_part_is_frame_for_frame_the_same_as_in_the_whole_with_its_sound_and_words(
    video: Video, calls: list[str], child: Child
) -> None:
    whole, part = made(jobs.convert(video, "bicubic", 2)), made(jobs.convert(video, "bicubic", 2, {}, (53, 80)))
    assert part.frames == part.frames_done == 27 and [(s.start, s.stop) for s in part.segments.all()] == [(53, 80)]
    assert part.result and whole.result
    pairs = zip(read(whole.result, start=53, stop=80), read(part.result), strict=True)
    assert max(int(abs(a.planes[0].astype(int) - b.planes[0]).max()) for a, b in pairs) <= 12  # by the encoder alone
    assert next(read(part.result)).pts == 0
    receipt = part.receipt or {}
    assert receipt["ok"] and receipt["duration"] == pytest.approx(27 / 25) and receipt["worst_sync"] < 0.0015
    assert [track["kind"] for track in receipt["tracks"]] == ["audio", "subtitle"]
    assert [track["packets"] for track in receipt["tracks"]][1] == 1  # the one line that is on screen then


def test_a_part_takes_over_what_samples_inside_it_have_made(video: Video, calls: list[str], child: Child) -> None:
    assert samples.ask(video, 70, [("bicubic", 2)]) == (48, 100)
    made(Upscale.objects.get())
    inside, across = jobs.convert(video, "bicubic", 2, {}, (10, 100)), jobs.convert(video, "bicubic", 2, {}, (10, 90))
    assert [(part.start, part.stop, part.attempts) for part in made(inside).segments.all()] == [
        (10, 48, 1),
        (48, 100, 0),
    ]
    assert {part.attempts for part in made(across).segments.all()} == {1}


def test_the_quote_is_for_the_part_and_the_frames_before_it_that_it_needs(video: Video) -> None:
    Trial.objects.create(
        video=video, model="bicubic", scale=2, codec="h264", crf=16, state="done", points=[POINT], segments=1, scenes=2
    )
    whole, part = (quote_for(video, "bicubic", 2, {}, stretch) for stretch in (None, (53, 80)))
    assert whole and part and whole.bytes and part.bytes
    assert MODELS["bicubic"].reset_every == 48
    assert (whole.frames, part.frames) == (100, 27 + 5)
    assert part.seconds < whole.seconds and part.bytes < whole.bytes / 2


def test_the_form_asks_for_a_part_and_can_be_filled_in_with_it_again(browser: Client, video: Video) -> None:
    address = reverse("videos:convert", args=[video.pk])
    browser.post(address, {"scale": "2", "model": "bicubic", "start": "0:00.8", "end": "2"})
    job = Upscale.objects.get()
    assert (job.start, job.stop, job.frames) == (20, 50, 30)
    assert (of_job(job)["start"], of_job(job)["end"]) == ("0:00.8", "0:02")
    assert "0:00.8 – 0:02.0" in browser.get(reverse("videos:video", args=[video.pk])).content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"start": "soon"}, "write it like 90"), ({"start": "3", "end": "2"}, "choose an earlier start")],
)
def test_a_part_that_cannot_be_is_told_before_and_refused(
    browser: Client, video: Video, fields: dict[str, str], words: str
) -> None:
    wish = {"scale": "2", "model": "bicubic", **fields}
    answer = browser.post(reverse("videos:convert", args=[video.pk]), wish)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Upscale.objects.exists()
    if "end" in fields:
        assert words in browser.post(reverse("videos:quote", args=[video.pk]), wish).content.decode()


def test_the_moments_of_an_uneven_clip_lead_to_the_same_frames_again(alice: User, tmp_path: Path) -> None:
    pts = [300 + 512 * n + 130 * (n % 3) for n in range(40)]
    video = checked(alice, make(tmp_path / "b.mp4", frames=40, pts=pts))
    for stretch in ((1, 2), (7, 31), (13, 40), (0, 39)):
        job = Upscale.objects.create(video=video, model="bicubic", scale=2, start=stretch[0], stop=stretch[1])
        values = of_job(job)
        times = [float(text.partition(":")[2]) if text else None for text in (values["start"], values["end"])]
        assert stretch_of(video, *times) == stretch
    assert len(Index.load(video.index)) == 40
