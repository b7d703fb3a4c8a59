"""Finding one's videos: by words, state and tag, in any order, and as quick with thousands as with a few."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from tests.conftest import JobMaker
from tests.videos.test_views import CLIP
from videos.listing import SORTS, STATES, Listing
from videos.models import Upscale, Video
from videos.tags import Tag


def named(owner: User, name: str, **fields: object) -> Video:
    return Video.objects.create(owner=owner, name=name, size=1000, **{"state": "ready", **fields})


def names(owner: User, **wishes: str) -> list[str]:
    return [video.name for video in Listing(wishes, owner).videos]


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_all_words_have_to_be_in_the_name_in_any_order_and_case(alice: User) -> None:
    named(alice, "Holiday at the Beach.mp4")
    named(alice, "Beach 2006.mp4")
    assert names(alice, q="beach HOLIDAY") == ["Holiday at the Beach.mp4"]
    assert names(alice, q="%") == []


def test_nobody_finds_what_is_others(alice: User, bob: User) -> None:
    Tag.objects.create(owner=bob, name="mine").videos.add(named(bob, "secret.mp4"))
    assert names(alice, q="secret") == names(alice, tag="mine") == []


def test_a_tag_can_be_chosen_once_there_is_one_and_stays_chosen(browser: Client, alice: User) -> None:
    video = named(alice, "a.mp4")
    assert 'name="tag"' not in browser.get("/").content.decode()
    Tag.objects.create(owner=alice, name="2006").videos.add(video)
    assert '<option value="2006" selected>' in browser.get("/?tag=2006").content.decode()


def test_each_state_finds_its_videos(alice: User, job_of: JobMaker) -> None:
    of = {state: job_of(alice, state=state).video for state in ("queued", "running", "assembling", "done", "failed")}
    refused = named(alice, "text.mp4", state="refused")
    arriving = {named(alice, "a.mp4", state="uploading"), named(alice, "b.mp4", state="checking")}
    new = named(alice, "new.mp4")
    sampled = named(alice, "sampled.mp4")
    Upscale.objects.create(video=sampled, model="bicubic", scale=2, sample=True, state="done")
    expected = {
        "": {*of.values(), refused, *arriving, new, sampled},
        "new": {new, sampled},
        "going": {of["queued"], of["running"], of["assembling"]},
        "paused": set(),
        "done": {of["done"]},
        "failed": {of["failed"], refused},
        "arriving": arriving,
    }
    assert {state: set(Listing({"state": state}, alice).videos) for state in STATES} == expected


def test_orders_and_pages_go_on_where_they_were(browser: Client, alice: User) -> None:
    for number, name in enumerate(("b.mp4", "A.mp4", "c.mp4")):
        Video.objects.filter(pk=named(alice, name).pk).update(size=number)
    assert names(alice, sort="name") == ["A.mp4", "b.mp4", "c.mp4"]
    assert names(alice, sort="largest") == names(alice) == ["c.mp4", "A.mp4", "b.mp4"]
    assert names(alice, sort="oldest") == ["b.mp4", "A.mp4", "c.mp4"]
    Video.objects.bulk_create(Video(owner=alice, name=f"clip {n}.mp4", size=1) for n in range(50))
    page = browser.get("/?q=clip&sort=name&page=2").content.decode()
    assert "q=clip&amp;sort=name&amp;page=3" in page and "q=clip&amp;sort=name&amp;page=1" in page


def test_a_wish_that_makes_no_sense_counts_as_none(browser: Client, alice: User) -> None:
    named(alice, "a.mp4")
    for wish in ({"state": "odd"}, {"sort": "-owner__password"}, {"tag": "of nobody"}, {"q": "\0"}, {"page": "x"}):
        answer = browser.get("/", wish)
        assert answer.status_code == 200 and "a.mp4" in answer.content.decode()


def test_finding_nothing_says_so_and_leads_back(browser: Client, alice: User) -> None:
    named(alice, "a.mp4")
    shown = browser.get("/?q=other").content.decode()
    assert "Nothing of yours is like that" in shown and 'href="/">Show all videos' in shown


def test_five_thousand_videos_cost_as_many_queries_as_twenty_five(browser: Client, alice: User) -> None:
    pages = ("/", "/?page=2&sort=largest", "/?q=clip&tag=2006&sort=name", "/?state=failed", "/?state=new")
    tag = Tag.objects.create(owner=alice, name="2006")

    def cost(number: int) -> list[int]:
        videos = [Video(owner=alice, name=f"clip {n}.mp4", size=n, state="ready") for n in range(number)]
        Video.objects.bulk_create(videos)
        states = ("queued", "running", "done", "failed", "cancelled")
        Upscale.objects.bulk_create(
            Upscale(video=video, model="bicubic", scale=2, state=states[n % 5])
            for n, video in enumerate(videos)
            if n % 6
        )
        tag.videos.add(*videos)
        counted = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(page).status_code == 200
            counted.append(len(queries))
        return counted

    few = cost(60)
    assert cost(5000) == few
    assert max(few) <= 13


def test_a_list_shows_one_form_and_links_to_the_others(browser: Client, alice: User) -> None:
    videos = [named(alice, f"{n}.mp4", facts=CLIP.to_json(), frames=48) for n in range(3)]
    shown = browser.get("/").content.decode()
    newest, *others = (str(video.pk) for video in reversed(videos))
    assert shown.count('class="convert"') == 1 and f'action="/videos/{newest}/convert/"' in shown
    for other in others:
        assert f'href="/videos/{other}/#convert"' in shown and f'hx-get="/videos/{other}/form/?dashboard"' in shown
        assert f'action="/videos/{other}/convert/"' in browser.get(f"/videos/{other}/form/?dashboard").content.decode()


def test_the_counts_that_pages_poll_cost_four_queries(browser: Client, alice: User, job_of: JobMaker) -> None:
    job_of(alice)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get("/listed/").status_code == 200
    assert len(queries) == 4  # the session, the person, the videos and the conversions


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others look at the rows before they choose")
@pytest.mark.parametrize("sort", SORTS)
def test_every_order_has_an_index(alice: User, sort: str) -> None:
    index = {"name": "video_by_name", "largest": "video_by_size"}.get(sort, "video_of_owner")
    assert f"USING INDEX {index} " in Listing({"sort": sort}, alice).videos.explain()


def test_the_dashboard_counts_the_conversions_of_all_that_is_listed(
    browser: Client, alice: User, job_of: JobMaker
) -> None:
    for state in ("queued", "running", "failed", "done"):
        job_of(alice, state=state)
    Video.objects.update(facts=None)
    shown = browser.get(reverse("videos:dashboard")).content.decode()
    assert "4 videos · 2 conversions go on · 1 failed · 1 done" in shown
    assert "1 video · 1 failed" in browser.get("/?state=failed").content.decode()


def test_the_counts_are_polled_while_something_changes_by_itself(
    client: Client, browser: Client, alice: User, job_of: JobMaker
) -> None:
    job = job_of(alice)
    assert 'hx-get="/listed/?q=clip"' in browser.get("/listed/?q=clip").content.decode()
    Upscale.objects.filter(pk=job.pk).update(state="done")
    assert "hx-get" not in browser.get("/listed/").content.decode()
    Video.objects.update(wish={"scale": ["2"]})
    assert "hx-get" in browser.get("/listed/").content.decode()
    client.logout()
    assert client.get("/listed/")["HX-Refresh"] == "true"


def test_a_card_comes_into_the_list_with_the_counts_of_what_is_listed(browser: Client, alice: User) -> None:
    arrived = [named(alice, f"{n}.mp4", state="checking") for n in range(2)][-1]
    named(alice, "other.mp4")
    shown = browser.get(reverse("videos:arrived", args=[arrived.pk]) + "?q=mp4&state=arriving").content.decode()
    assert f'id="card-{arrived.pk}"' in shown and "2 videos</p>" in shown
    assert "Convert all 2 not converted yet" in shown and "/listed/convert/?q=mp4&amp;state=arriving" in shown
    assert shown.count('hx-swap-oob="true"') == 2


def test_what_is_done_to_all_is_said_of_one_in_words_of_its_own(browser: Client, alice: User, job_of: JobMaker) -> None:
    named(alice, "new.mp4")
    assert "not converted yet" not in browser.get("/listed/").content.decode()  # its card has the button
    for state in ("running", "paused", "failed", "done"):
        job_of(alice, state=state)
    shown = browser.get("/listed/").content.decode()
    for of_one in (
        "Convert the one that is not converted yet",
        "Convert it so",
        "Pause the one that goes on",
        "Go on with the one that is paused",
        "Try the one that failed again",
        "Download the one result",
    ):
        assert of_one in shown
