from dataclasses import replace

import pytest

from tests.videos.test_views import CLIP
from videos.models import Video
from videos.quotes import Quote
from videos.words import clock, moment, quoted_room, quoted_time, quoted_wait, quoted_work, rough, summary, unheard


@pytest.mark.parametrize(
    ("frames", "told"),
    [(None, "25 frames per second"), (312, "25 frames per second"), (250, "20 frames per second on average")],
)
def test_an_uneven_rate_is_told_as_it_was_counted(frames, told):
    clip = replace(CLIP, duration=12.5, video=replace(CLIP.video, duration=12.5, average_rate=(25, 1)))
    assert f" · {told} · " in summary(Video(size=1, frames=frames, facts=clip.to_json()))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "1 s"), (7.4, "7 s"), (33, "35 s"), (100, "1 min 45 s"), (1234, "21 min"), (20_000, "5 h 30 min")],
)
def test_an_estimate_is_told_no_more_exactly_than_it_is_known(seconds: float, told: str) -> None:
    assert rough(seconds) == told


def test_a_moment_is_told_as_a_player_does() -> None:
    assert [clock(7.9), clock(65), clock(3725)] == ["0:07", "1:05", "1:02:05"]


def test_moments_of_a_brief_video_do_not_look_alike() -> None:
    brief, long = (Video(facts=replace(CLIP, duration=length).to_json(), frames=100) for length in (5.0, 50.0))
    assert [moment(brief, 33), moment(long, 33)] == ["0:01.6", "0:16"]


def test_sound_that_browsers_cannot_play_is_told() -> None:
    def told(*codecs: str) -> str:
        return unheard({"tracks": [{"kind": "audio", "codec": name} for name in codecs]})

    assert told("mp2", "aac").startswith("Not every browser plays its sound (MP2)")
    assert told("aac", "mp2") == told() == unheard(None) == ""


def test_a_quote_says_time_wait_and_room() -> None:
    quote = Quote(frames=100, seconds=61, low=50, high=70, wait=600, bytes=5_000_000)
    assert quoted_time(quote) == "about 1 min"
    assert "10 min more" in quoted_wait(quote) and "at once" in quoted_wait(replace(quote, wait=0))
    assert "of the 9.5" in quoted_room(quote, 10_000_000)
    assert "delete something first" in quoted_room(quote, 1_000_000)
    assert quoted_room(replace(quote, bytes=None), 1) == ""


def test_what_is_next_to_nothing_of_a_month_is_not_told() -> None:
    assert quoted_work(1, 1000) == ""
    assert "left this month" in quoted_work(10, 1000)
