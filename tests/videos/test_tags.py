"""Tags: on one video, on all that is listed, and only one's own."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.videos.test_views import CLIP
from videos import tags
from videos.models import Video
from videos.tags import Tag


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def video(alice: User) -> Video:
    return Video.objects.create(owner=alice, name="a.mp4", size=1, state="ready")


def tagged(video: Video) -> list[str]:
    return [tag.name for tag in video.tags.all()]


def test_a_line_is_read_as_tags_between_commas() -> None:
    assert tags.read(" holiday ,2006,, big  screen,holiday,\0") == ["holiday", "2006", "big screen"]
    for line in ("x" * 41, ",".join(map(str, range(21)))):
        with pytest.raises(tags.Refused, match="make it shorter|leave some out"):
            tags.read(line)


def test_a_video_has_the_tags_of_the_line_and_forgotten_ones_go(browser: Client, video: Video) -> None:
    address = reverse("videos:tag", args=[video.pk])
    assert browser.post(address, {"tags": "holiday, 2006", "dashboard": ""})["Location"] == "/"
    assert tagged(video) == ["2006", "holiday"]
    assert 'href="/?tag=holiday"' in browser.get("/").content.decode()
    browser.post(address, {"tags": "2006"})
    assert tagged(video) == ["2006"] and Tag.objects.count() == 1


def test_tags_that_nobody_can_have_change_nothing(browser: Client, video: Video) -> None:
    tags.put(video, ["kept"])
    answer = browser.post(reverse("videos:tag", args=[video.pk]), {"tags": "x" * 41, "dashboard": ""}, follow=True)
    assert "make it shorter" in answer.content.decode() and tagged(video) == ["kept"]


def test_all_that_is_listed_gets_the_tag_beside_its_own(browser: Client, alice: User, bob: User, video: Video) -> None:
    tags.put(video, ["old"])
    left = Video.objects.create(owner=alice, name="b.mp4", size=1)
    others = Video.objects.create(owner=bob, name="a.mp4", size=1)
    answer = browser.post(reverse("videos:tag_listed") + "?q=a.mp4", {"tags": "new"})
    assert answer["Location"] == "/?q=a.mp4"
    assert (tagged(video), tagged(left), tagged(others)) == (["new", "old"], [], [])


def test_the_same_word_of_two_people_is_two_tags(alice: User, bob: User, video: Video) -> None:
    theirs = Video.objects.create(owner=bob, name="b.mp4", size=1)
    for row in (video, theirs):
        tags.put(row, ["2006"])
    assert list(tags.tags_of(alice)) == list(video.tags.all()) != list(theirs.tags.all())


def test_a_tag_cannot_become_markup(browser: Client, video: Video) -> None:
    tags.put(video, ['<b>"&x=y'])
    shown = browser.get("/").content.decode()
    assert "<b>" not in shown and "?tag=%3Cb%3E%22%26x%3Dy" in shown


def test_tags_stand_on_the_videos_page_and_are_changed_there(browser: Client, video: Video) -> None:
    Video.objects.update(state="ready", facts=CLIP.to_json(), frames=312)
    video.folder.mkdir(exist_ok=True)
    tags.put(video, ["holiday"])
    page = reverse("videos:video", args=[video.pk])
    assert 'href="/?tag=holiday"' in browser.get(page).content.decode()
    answer = browser.post(reverse("videos:tag", args=[video.pk]), {"tags": "2006"})
    assert answer["Location"] == page and tagged(video) == ["2006"]
