"""The quote in the form, and the page that tries a moment: what each state shows, and who may not."""

import re
from pathlib import Path

import numpy as np
import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from duf.media import Index
from tests.videos.test_trials import POINT
from tests.videos.test_views import CLIP
from videos.measured import Trial
from videos.models import Upscale, Video

FRAMES = 100


@pytest.fixture
def video(alice: User) -> Video:
    """A checked one, without a picture in it."""
    video = Video.objects.create(
        owner=alice,
        name="holiday.mp4",
        size=4,
        state="ready",
        facts=CLIP.to_json(),
        frames=FRAMES,
        strip=[10, 50, 90],
    )
    video.folder.mkdir()
    cuts = np.zeros(FRAMES, np.bool_)
    cuts[[0, 60]] = True
    pts = np.arange(FRAMES) * 512
    Index(pts, np.full(FRAMES, 512), np.zeros(FRAMES, np.uint32), cuts).save(video.index)
    return video


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def address(name: str, video: Video, **query: object) -> str:
    return reverse(f"videos:{name}", args=[video.pk], query=query)


def sample(video: Video, state: str = "done", **fields: object) -> Upscale:
    values = {"model": "bicubic", "scale": 2, "start": 60, "stop": 100, "frames": 40, **fields}
    return Upscale.objects.create(video=video, sample=True, state=state, **values)


def test_a_changed_form_has_what_is_not_known_measured_and_asks_until_it_is(
    browser: Client, video: Video, calls: list[str]
) -> None:
    choice = {"model": "bicubic", "scale": 2, "codec": "h265", "quality": "best"}
    answer = browser.post(address("quote", video), choice)
    assert (Trial.objects.get().codec, Trial.objects.get().crf) == ("h265", 14)
    page = answer.content.decode()
    assert "being measured" in page and 'hx-trigger="every 1s"' in page and "quality=best" in page
    Trial.objects.update(state="done", points=[POINT], segments=1, scenes=2)
    page = browser.get(address("quote", video, **choice)).content.decode()
    assert "about 10 s" in page and "left." in page and "hx-get" not in page


def test_looking_measures_nothing(browser: Client, video: Video) -> None:
    page = browser.get(address("quote", video)).content.decode()
    assert "choose it to measure" in page and not Trial.objects.exists()


def test_a_telephone_s_video_gets_its_size_as_it_is_held(browser: Client, video: Video) -> None:
    video.facts["video"]["rotation"] = 90
    video.save()
    assert "480×852" in browser.get(address("quote", video, model="bicubic", scale=2)).content.decode()


def test_a_quote_tells_what_the_codec_cannot_hold(browser: Client, video: Video, calls: list[str]) -> None:
    video.facts["video"]["format"] = "yuv420p10le"
    video.save()
    page = browser.post(address("quote", video), {"model": "bicubic", "scale": 2, "codec": "vp9"}).content.decode()
    assert "choose h265 or av1" in page


def test_a_moment_is_picked_and_tried(browser: Client, video: Video, calls: list[str]) -> None:
    page = browser.get(address("compare", video)).content.decode()
    assert 'value="50" checked' in page and page.count('name="frame"') == 3
    answer = browser.post(address("compare", video), {"frame": 90, "choices": ["bicubic:2", "lanczos:4"]})
    assert answer.url == address("compare", video, start=48, at=90) + "#samples"  # 40 frames alone are too few
    made = Upscale.objects.values_list("model", "scale", "start", "stop", "sample")
    assert set(made) == {("bicubic", 2, 48, 100, True), ("lanczos", 4, 48, 100, True)}


@pytest.mark.parametrize(
    ("size", "seen", "first"),
    [(4, None, "stream:4"), (4, {}, "stream-compressed:2"), (9_000_000, {}, "stream:4")],
)
def test_what_the_advice_says_is_chosen_first(
    browser: Client, video: Video, settings: Settings, size: int, seen: dict[str, object] | None, first: str
) -> None:
    settings.DEFAULT_MODEL = "stream"
    video.size, video.seen = size, seen
    video.save()
    page = browser.get(address("compare", video)).content.decode()
    assert re.findall(r'name="choices" value="([^"]+)" checked', page) == [first]


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        (["bicubic:2", "bicubic:3", "bicubic:4", "lanczos:2"], "at most 3"),
        ([], "choose one at least"),
        (["magic:2"], "not one of the available"),
    ],
)
def test_a_wrong_choice_is_told_on_the_page(browser: Client, video: Video, choices: list[str], sentence: str) -> None:
    answer = browser.post(address("compare", video), {"frame": 90, "choices": choices})
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not Upscale.objects.exists()


def test_a_video_that_is_not_checked_has_nothing_to_compare(browser: Client, video: Video) -> None:
    Video.objects.update(state="checking")
    assert browser.get(address("compare", video)).status_code == 302
    assert browser.get(address("quote", video)).status_code == 404


def test_samples_are_polled_until_the_last_has_ended_and_then_compared(browser: Client, video: Video) -> None:
    first, second = sample(video), sample(video, "running", scale=4)
    page = browser.get(address("samples", video)).content.decode()
    assert 'hx-trigger="every 1s"' in page and "compare-player" not in page
    second.change(Q(), state="failed", reason="It broke; try again.")
    page = browser.get(address("samples", video)).content.decode()
    assert "hx-trigger" not in page and "It broke; try again." in page
    assert reverse("videos:play", args=[first.pk]) in page
    assert reverse("videos:stretch", args=[video.pk, 60, 100]) in page
    assert 'data-gaps="512*39"' in page and 'data-first="0" data-last="39"' in page
    assert "Sound</button>" not in page and page.count(" muted ") == 2


def test_the_originals_shape_is_that_of_square_upright_pixels(browser: Client, video: Video) -> None:
    sample(video)
    video.facts["video"].update(width=720, height=576, sample_aspect_ratio=[16, 15], rotation=90)
    video.save()
    assert 'data-width="576.0" data-height="768.0"' in browser.get(address("samples", video)).content.decode()


def test_of_long_samples_the_picked_moment_is_shown_with_its_sound(browser: Client, video: Video) -> None:
    each = np.full(FRAMES, 2048)  # ticks: 0.16 s
    Index(np.arange(FRAMES) * 2048, each, np.zeros(FRAMES, np.uint32), np.arange(FRAMES) == 0).save(video.index)
    sample(video, start=0, stop=100, frames=100, receipt={"tracks": [{"kind": "audio"}]})
    page = browser.get(address("samples", video, start=0, at=50)).content.decode()
    assert 'data-first="35" data-last="64"' in page and "#t=5.600,10.400" in page
    assert "Sound</button>" in page and page.count(" muted ") == 1
    assert 'data-last="99"' in browser.get(address("samples", video, start=0, at="9999")).content.decode()


def test_another_moment_can_be_looked_at_again(browser: Client, video: Video) -> None:
    sample(video, start=0, stop=60)
    sample(video)
    assert "?start=0#samples" in browser.get(address("samples", video)).content.decode()
    assert "?start=60#samples" in browser.get(address("samples", video, start=0)).content.decode()
    assert browser.get(address("samples", video, start="x")).status_code == 200


def test_samples_are_no_jobs_on_the_other_pages(browser: Client, video: Video) -> None:
    sample(video)
    for page in (reverse("videos:dashboard"), address("video", video)):
        assert 'section class="job' not in browser.get(page).content.decode()
    assert "only copy" in browser.get(address("delete_video", video)).content.decode()


def test_a_rendition_is_played_where_there_is_one(browser: Client, video: Video) -> None:
    made = sample(video, file="result.mp4", container="mp4")
    made.folder.mkdir()
    (made.folder / "result.mp4").write_bytes(b"result")
    play = reverse("videos:play", args=[made.pk])
    assert b"".join(browser.get(play)) == b"result"
    made.rendition.write_bytes(b"rendition")
    assert b"".join(browser.get(play)) == b"rendition"


def test_a_stranger_sees_nothing(client: Client, bob: User, video: Video) -> None:
    sample(video)
    Path(video.filmstrip).write_bytes(b"strip")
    video.stretch(60, 100).write_bytes(b"frames")
    client.force_login(bob)
    for name in ("compare", "samples", "quote", "filmstrip"):
        assert client.get(address(name, video)).status_code == 404
    assert client.get(reverse("videos:stretch", args=[video.pk, 60, 100])).status_code == 404
    assert client.post(address("compare", video), {"frame": 1, "choices": ["bicubic:2"]}).status_code == 404
