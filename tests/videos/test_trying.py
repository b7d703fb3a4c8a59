"""The short clip that ships: small, as its program draws it, and a video of whoever takes it."""

import av
import numpy as np
import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from duf.media import index, probe
from videos import short_clip
from videos.models import Video
from vsrsite.paths import SHORT_CLIP, SHORT_CLIP_POSTER

OFFER = "Try it with this short clip"


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_it_is_small_and_a_whole_video_with_sound() -> None:
    assert SHORT_CLIP.stat().st_size < 300_000 and SHORT_CLIP_POSTER.stat().st_size < 20_000
    clip = probe(SHORT_CLIP)
    assert (clip.video.width, clip.video.height) == (short_clip.WIDTH, short_clip.HEIGHT)
    assert [track.codec for track in clip.tracks] == ["aac"]
    assert len(index(SHORT_CLIP).pts) == short_clip.RATE * short_clip.SECONDS


def test_it_is_what_its_program_draws() -> None:
    with av.open(str(SHORT_CLIP)) as file:
        kept = next(file.decode(video=0)).to_ndarray(format="bgr24").astype(float)
    drawn = short_clip.seen(short_clip.drawn_street(), 0)
    assert 10 * np.log10(255**2 / np.mean((kept - drawn) ** 2)) > 27


def test_one_click_on_an_empty_dashboard_makes_it_a_video_of_ones_own(browser: Client, alice: User) -> None:
    assert OFFER in browser.get("/").content.decode()
    assert browser.post("/try/")["Location"] == "/"
    video = Video.objects.get(owner=alice)
    assert (video.name, video.state) == ("Short clip.mp4", "checking")
    assert video.source.read_bytes() == SHORT_CLIP.read_bytes()
    assert OFFER not in browser.get("/").content.decode()


def test_whoever_has_no_room_is_told(browser: Client, settings: Settings) -> None:
    settings.MAX_VIDEOS = 0
    answer = browser.post("/try/")
    assert answer.status_code == 413 and "delete" in answer.content.decode()
    assert not Video.objects.exists()
