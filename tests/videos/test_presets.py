"""Presets, and the settings of a job before: they fill the form in, and what it then says is what is asked for."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from duf.catalog import MODELS
from tests.videos.test_views import CLIP
from videos import own_presets
from videos.forms import ConvertForm
from videos.models import Upscale, Video
from videos.own_presets import OwnPreset
from videos.presets import READY, of_job, preset


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def video(alice: User) -> Video:
    video = Video.objects.create(
        owner=alice, name="a.mp4", size=4, state="ready", facts=CLIP.to_json(), frames=312, sha256="c" * 64
    )
    video.folder.mkdir()
    return video


def shown(browser: Client, video: Video, query: str, name: str = "video") -> str:
    return browser.get(reverse(f"videos:{name}", args=[video.pk]) + query).content.decode()


def chosen(form: ConvertForm) -> dict[str, Any]:
    return {name: form.chosen(name) for name in form.fields}


@pytest.mark.parametrize("name", [preset.name for preset in READY])
def test_every_preset_is_a_valid_wish_and_marked_when_it_is_chosen(browser: Client, video: Video, name: str) -> None:
    preset = next(preset for preset in READY if preset.name == name)
    form = ConvertForm(preset.values, video=video)
    assert form.is_valid(), form.errors
    page = shown(browser, video, f"?preset={name}")
    assert page.count('aria-current="true"\n         hx-get') == 1 and str(preset.note) in page
    assert str(preset.note) in shown(browser, video, f"?preset={name}", "form")


def test_a_preset_uses_the_best_model_that_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    best = next(preset for preset in READY if preset.name == "best")
    for name in best.models:
        monkeypatch.setitem(MODELS, name, MODELS["bicubic"])
    assert best.values["model"] == best.models[0]
    monkeypatch.delitem(MODELS, best.models[0])
    assert best.values["model"] == best.models[1]


def test_choices_other_than_a_preset_mark_none(browser: Client, video: Video) -> None:
    wish = {"scale": "3", "model": "bicubic"}
    answer = browser.post(reverse("videos:quote", args=[video.pk]), wish).content.decode()
    assert 'hx-swap-oob="true"' in answer and 'aria-current="true"\n         hx-get' not in answer


@pytest.mark.parametrize(("codec", "name"), [("av1", "AV1"), ("h264fast", "H.264 superfast"), ("h265", "H.265")])
def test_the_settings_of_a_job_are_the_ones_it_was_asked_for_with(
    browser: Client, video: Video, codec: str, name: str
) -> None:
    wish = {"scale": 3, "model": "lanczos", "codec": codec, "quality": "small", "container": "matroska"}
    wish["deinterlace"] = "off"
    browser.post(reverse("videos:convert", args=[video.pk]), {**wish, "without": ["2", "3"]})
    job = Upscale.objects.get()
    assert of_job(job) == {**wish, "start": "", "end": "", "without": ["2", "3"]}
    page = shown(browser, video, f"?again={job.pk}")
    for field in (
        'value="lanczos" selected',
        f'value="{codec}" selected',
        'value="matroska" selected',
        'value="off" selected',
        f"{name} · Matroska",
    ):
        assert field in page
    assert page.count('name="without"') == 3 and page.count('" checked><label') == 2
    again = ConvertForm(of_job(job), video=video)
    assert again.is_valid() and again.encoding == job.settings


def test_settings_that_are_not_there_fill_nothing_in(browser: Client, video: Video, bob: User) -> None:
    other = Video.objects.create(owner=bob, name="b.mp4", size=1)
    job = Upscale.objects.create(video=other, model="lanczos", scale=3)
    plain = chosen(ConvertForm(video=video))
    for query in (f"?again={job.pk}", "?again=x", "?preset=magic", "?again=%00"):
        assert 'value="lanczos" selected' not in shown(browser, video, query)
    assert plain["scale"] == 4


def test_a_finished_job_offers_its_settings_again(browser: Client, video: Video) -> None:
    job = Upscale.objects.create(video=video, model="bicubic", scale=2, state="failed", reason="Try again.")
    assert f"?again={job.pk}#convert" in shown(browser, video, "")
    Upscale.objects.update(state="running")
    assert "?again=" not in shown(browser, video, "")


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"container": "mp4"}, "choose Matroska"),
        ({"container": "auto"}, "so the result is a Matroska file"),
        ({"container": "matroska"}, ""),
        ({"container": "mp4", "without": ["3"]}, ""),
    ],
)
def test_what_mp4_cannot_hold_is_told_before_the_start(
    browser: Client, video: Video, wish: dict[str, Any], words: str
) -> None:
    facts = CLIP.to_json()
    facts["chapters"] = []
    facts["tracks"][2]["codec"] = "hdmv_pgs_subtitle"
    Video.objects.update(facts=facts)
    answer = browser.post(reverse("videos:quote", args=[video.pk]), {"scale": "2", "model": "bicubic", **wish})
    assert ("MP4 cannot hold" in answer.content.decode()) == bool(words)
    assert words in answer.content.decode()


def test_what_is_no_track_cannot_be_left_out(browser: Client, video: Video) -> None:
    wish = {"scale": "2", "model": "bicubic", "without": ["17", "picture"]}
    assert browser.post(reverse("videos:convert", args=[video.pk]), wish).status_code == 422


CHOSEN = {
    "scale": "1080p",
    "model": "lanczos",
    "codec": "av1",
    "quality": "small",
    "container": "matroska",
    "deinterlace": "on",
}


def test_choices_are_kept_under_a_name_and_fill_the_form_of_another_video_in(
    browser: Client, video: Video, alice: User
) -> None:
    address = reverse("videos:save_preset", args=[video.pk])
    wish = {**CHOSEN, "start": "1", "without": ["2"]}
    asked = browser.post(address, wish).content.decode()
    assert all(f'name="{name}" value="{value}"' in asked for name, value in CHOSEN.items()) and "without" not in asked
    browser.post(address, {**CHOSEN, "name": "  My   episodes "})
    kept = OwnPreset.objects.get()
    assert (kept.owner, kept.name, kept.values) == (alice, "My episodes", CHOSEN)
    other = Video.objects.create(owner=alice, name="b.mp4", size=4, state="ready", facts=CLIP.to_json(), frames=9)
    page = shown(browser, other, f"?preset=own-{kept.pk}")
    assert "My episodes</a>" in page and 'value="lanczos" selected' in page
    assert page.count('aria-current="true"\n         hx-get') == 1


def test_a_preset_is_replaced_by_its_name_and_deleted(browser: Client, video: Video, alice: User) -> None:
    own_presets.save(alice, "Mine", CHOSEN)
    kept = own_presets.save(alice, "Mine", {**CHOSEN, "codec": "h264"})
    assert OwnPreset.objects.get().values["codec"] == "h264"
    page = browser.get(reverse("videos:presets")).content.decode()
    assert "Mine" in page and "1080p · Lanczos (no learning) · H.264, plays everywhere" in page
    assert "deinterlaced" in page
    browser.post(reverse("videos:delete_preset", args=[kept.pk]))
    assert not OwnPreset.objects.exists()


def test_a_preset_without_a_name_and_one_too_many_are_refused(
    browser: Client, video: Video, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_presets, "MOST", 1)
    own_presets.save(alice, "Mine", CHOSEN)
    address = reverse("videos:save_preset", args=[video.pk])
    for name, words in (("  ", "write one first"), ("Other", "delete one first")):
        answer = browser.post(address, {**CHOSEN, "name": name})
        assert answer.status_code == 422 and words in answer.content.decode()
    assert browser.post(address, {"scale": "9"}).status_code == 422
    assert OwnPreset.objects.count() == 1


def test_a_preset_whose_model_is_gone_uses_the_default(alice: User, settings: Settings) -> None:
    settings.DEFAULT_MODEL = "bicubic"
    kept = own_presets.save(alice, "Mine", {**CHOSEN, "model": "imported-once"})
    mine = preset(f"own-{kept.pk}", alice.pk)
    assert mine and mine.values["model"] == "bicubic"


def test_anothers_preset_fills_nothing_in(browser: Client, video: Video, bob: User) -> None:
    kept = own_presets.save(bob, "His", CHOSEN)
    page = shown(browser, video, f"?preset=own-{kept.pk}")
    assert "His" not in page and 'value="lanczos" selected' not in page
