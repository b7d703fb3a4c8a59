"""Results that fit a size: asked for in the form, quoted, named, and asked for again."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from duf.media.encode import CODECS
from tests.videos.test_quotes import POINT
from tests.videos.test_views import CLIP
from videos.forms import ConvertForm
from videos.measured import Trial
from videos.models import Upscale, Video
from videos.names import result_name
from videos.presets import of_job
from videos.quotes import offers
from videos.work import trials


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def video(alice: User) -> Video:
    facts = CLIP.to_json()
    facts["video"] |= {"width": 640, "height": 480}
    video = Video.objects.create(owner=alice, name="a.mp4", size=4, state="ready", facts=facts, frames=312)
    video.folder.mkdir()
    return video


def test_a_size_takes_the_smallest_scale_that_reaches_it(browser: Client, video: Video) -> None:
    browser.post(reverse("videos:convert", args=[video.pk]), {"scale": "1080p", "model": "bicubic"})
    job = Upscale.objects.get()
    assert (job.scale, job.settings, job.target) == (3, {"codec": "h264", "fit": "1080p"}, "1080p")
    assert result_name(job) == "a 1080p.mp4"
    assert of_job(job)["scale"] == "1080p"
    again = ConvertForm(initial=of_job(job), video=video)
    assert (again.fit, again.chosen("scale"), again.encoding) == ("1080p", 3, job.settings)
    page = browser.get(reverse("videos:video", args=[video.pk]) + f"?again={job.pk}").content.decode()
    assert 'value="1080p" ' in page.partition(" checked")[0][-200:] and "1440×1080" in page


def test_the_quote_is_measured_and_told_for_that_size_alone(browser: Client, video: Video, calls: list[str]) -> None:
    wish = {"scale": "1080p", "model": "bicubic"}
    answer = browser.post(reverse("videos:quote", args=[video.pk]), wish).content.decode()
    trial = Trial.objects.get()
    assert (trial.scale, trial.fit) == (3, "1080p") and trials.request(trial, "", "")["settings"]["fit"] == "1080p"
    assert "1440×1080" in answer and "×2" not in answer
    Trial.objects.update(state="done", points=[POINT], segments=1, scenes=1)
    assert offers(video, "bicubic", {"fit": "1080p"})[3].quote and not offers(video, "bicubic", {})[3].quote
    assert trials.choice({}) == {"codec": "h264", "crf": CODECS["h264"].crf, "fit": "", "deinterlace": "auto"}


def test_what_cannot_fit_is_told(browser: Client, video: Video, calls: list[str]) -> None:
    facts = video.facts or {}
    facts["video"] |= {"width": 426, "height": 240}
    Video.objects.update(facts=facts)
    wish = {"scale": "4K", "model": "bicubic"}
    answer = browser.post(reverse("videos:quote", args=[video.pk]), wish).content.decode()
    assert "4 times as large is 1704x960, which is smaller than 4K." in answer
    facts["video"] |= {"width": 1920, "height": 1080}
    Video.objects.update(facts=facts)
    refused = browser.post(reverse("videos:convert", args=[video.pk]), {"scale": "1080p", "model": "bicubic"})
    assert refused.status_code == 422 and "choose a larger size" in refused.content.decode()
    assert not Upscale.objects.exists()
