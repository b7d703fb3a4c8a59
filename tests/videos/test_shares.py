"""Links to results: what they open and for how long, what they hide, and what their owner sees of them."""

import re
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Event, User
from duf.media import Index
from tests.videos.test_views import CLIP, RECEIPT
from videos import limits, shares
from videos.models import Upscale, Video
from videos.quotas import Refused
from videos.shares import Share

FRAMES = 312
SECRET = "holiday.mp4"  # nothing of the result but for whom it was shared with
NOINDEX = "noindex, nofollow, noarchive"

Linked = Callable[..., str]


@pytest.fixture(autouse=True)
def nobody_has_guessed() -> None:
    cache.clear()


@pytest.fixture
def done(alice: User) -> Upscale:
    video = Video.objects.create(
        owner=alice, name="holiday.mp4", size=4, state="ready", facts=CLIP.to_json(), frames=FRAMES
    )
    video.folder.mkdir()
    video.source.write_bytes(b"film")
    video.poster.write_bytes(b"picture")
    Index(np.arange(FRAMES) * 512, np.full(FRAMES, 512), np.zeros(FRAMES, np.uint32), np.zeros(FRAMES, bool)).save(
        video.index
    )
    upscale = Upscale.objects.create(
        video=video,
        model="bicubic",
        scale=2,
        frames=FRAMES,
        state="done",
        file="result.mp4",
        container="mp4",
        size=6,
        receipt=RECEIPT,
    )
    upscale.folder.mkdir()
    (upscale.folder / "result.mp4").write_bytes(b"result")
    return upscale


@pytest.fixture
def linked(done: Upscale) -> Linked:
    """Make a link; its path."""

    def make(days: float = 7, **wanted: object) -> str:
        return f"/shared/{shares.make(done, timedelta(days=days), **wanted)[1]}/"  # type: ignore[arg-type]

    return make


@pytest.fixture
def owner(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def content(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_a_link_shows_the_result_to_somebody_without_an_account(client: Client, linked: Linked) -> None:
    path = linked()
    page = client.get(path).content.decode()
    assert "holiday.mp4" in page and "852×480 · 12.5 s" in page and f"{path}play/" in page
    assert content(client.get(f"{path}play/")) == b"result"


def test_before_and_after_stand_under_one_slider_only_if_the_owner_wants_that(client: Client, linked: Linked) -> None:
    alone, both = linked(), linked(original=True)
    assert "<compare-player" not in client.get(alone).content.decode()
    assert client.get(f"{alone}original/").status_code == 404
    page = client.get(both).content.decode()
    assert 'data-gaps="512*311"' in page and 'data-scale="2.0"' in page and f"{both}original/" in page
    assert content(client.get(f"{both}original/")) == b"film"


@pytest.mark.parametrize(
    "video, upscale",
    [
        ({"facts": {**CLIP.to_json(), "container": "matroska"}}, {}),
        ({"original_removed": timezone.now()}, {}),
        ({}, {"container": "mkv"}),
        ({}, {"settings": {"codec": "h265"}}),
        ({}, {"frames": FRAMES - 1}),
    ],
)
def test_what_not_every_browser_plays_is_shown_without_the_original(
    client: Client, linked: Linked, video: dict[str, object], upscale: dict[str, object]
) -> None:
    Video.objects.update(**video)
    Upscale.objects.update(**upscale)
    path = linked(original=True)
    page = client.get(path).content.decode()
    assert "<compare-player" not in page and "<video" in page
    assert client.get(f"{path}original/").status_code == 404


def test_times_that_are_too_much_for_a_page_leave_the_result(
    client: Client, linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videos.players.LONGEST", 3)
    assert "<compare-player" not in client.get(linked(original=True)).content.decode()


def test_downloading_is_a_choice(client: Client, linked: Linked) -> None:
    watch, take = linked(), linked(download=True)
    assert "Download" not in client.get(watch).content.decode()
    assert client.get(f"{watch}download/").status_code == 404
    assert f"{take}download/" in client.get(take).content.decode()
    answer = client.get(f"{take}download/")
    assert content(answer) == b"result"
    assert answer["Content-Disposition"] == 'attachment; filename="holiday x2.mp4"'


def alike(answer: HttpResponse) -> str:
    """The page without what every request brings or gets: its own address, and a token."""
    return re.sub(r'name="(next|csrfmiddlewaretoken)" value="[^"]*"', "", answer.content.decode())


def test_wrong_expired_revoked_and_blocked_look_the_same(client: Client, linked: Linked, alice: User) -> None:
    held, expired, revoked = linked(), linked(days=-0.001), linked()
    Share.objects.first().delete()  # type: ignore[union-attr]
    wrong = held[:-2] + ("A/" if held[-2] != "A" else "B/")
    bodies = [client.get(path) for path in (wrong, expired, revoked, "/shared/nonsense/", "/shared/%00/")]
    assert client.get(held).status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    bodies.append(client.get(held))
    for answer in bodies:
        assert answer.status_code == 404 and alike(answer) == alike(bodies[0])
        assert "ask whoever sent it for a new one" in answer.content.decode()
        assert SECRET not in answer.content.decode()


def test_nothing_below_a_link_is_for_search_engines(client: Client, linked: Linked) -> None:
    path, locked = linked(download=True, original=True), linked(password="open")
    below = [f"{path}{part}" for part in ("", "poster/", "play/", "original/", "download/")]
    for address in [*below, locked, "/shared/nonsense/", f"{locked}play/"]:
        assert client.get(address)["X-Robots-Tag"] == NOINDEX, address
    for address in (path, locked, "/shared/nonsense/"):
        assert f'<meta name="robots" content="{NOINDEX}">' in client.get(address).content.decode()


def test_only_a_hash_of_the_link_is_kept(linked: Linked) -> None:
    token = linked(password="a word of mine").removeprefix("/shared/").rstrip("/")
    kept = str(list(Share.objects.values()))
    assert token[shares.KEY :] not in kept and "a word of mine" not in kept


def test_a_password_is_asked_once_and_nothing_is_told_before(client: Client, linked: Linked) -> None:
    path = linked(password="open sesame")
    for part in ("", "poster/", "play/"):
        answer = client.get(path + part)
        assert answer.status_code == 403
        assert SECRET not in answer.content.decode() and "og:" not in answer.content.decode()
    refused = client.post(path, {"password": "open"})
    assert refused.status_code == 403 and "This is not the password" in refused.content.decode()
    assert client.post(path, {"password": "open sesame"})["Location"] == path
    assert SECRET in client.get(path).content.decode()
    assert content(client.get(f"{path}play/")) == b"result"
    assert Client().get(path).status_code == 403


def test_the_password_of_one_link_opens_no_other(client: Client, linked: Linked) -> None:
    one, other = linked(password="open"), linked(password="open")
    client.post(one, {"password": "open"})
    assert (client.get(one).status_code, client.get(other).status_code) == (200, 403)


def test_a_link_is_previewed_by_its_poster_if_everybody_may_see_it(
    client: Client, linked: Linked, settings: Settings
) -> None:
    settings.SITE_URL = "https://vsr.example.org"
    path, locked = linked(), linked(password="open")
    page = client.get(path).content.decode()
    assert f'<meta property="og:image" content="https://vsr.example.org{path}poster/">' in page
    client.post(locked, {"password": "open"})
    assert "og:" not in client.get(locked).content.decode()


def test_guessing_links_ends_after_some_tries_even_with_a_right_one(
    client: Client, linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LINKS", 3)
    path = linked()
    assert [client.get("/shared/guess/").status_code for _ in range(4)] == [404, 404, 404, 429]
    answer = client.get(path)
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= 3600
    assert "try again in" in answer.content.decode() and answer["X-Robots-Tag"] == NOINDEX
    assert client.get(path, REMOTE_ADDR="198.51.100.7").status_code == 200


def test_guessing_passwords_ends_after_some_tries_from_one_address_and_from_all(
    client: Client, linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PASSWORDS", {"from one address": 2, "from everywhere": 4})
    path = linked(password="open")
    told = [client.post(path, {"password": "wrong"}).status_code for _ in range(3)]
    assert told == [403, 403, 429]
    assert client.post(path, {"password": "open"}).status_code == 429
    elsewhere = [client.post(path, {"password": "x"}, REMOTE_ADDR=f"198.51.100.{n}").status_code for n in range(3)]
    assert elsewhere == [403, 403, 429]


def test_views_are_counted_but_not_the_owners(client: Client, owner: Client, linked: Linked) -> None:
    path = linked()
    for _ in range(2):
        client.get(path)
    client.head(path)
    owner.get(path)
    assert Share.objects.get().views == 2
    assert "looked at 2 times" in owner.get("/links/").content.decode()


def test_the_owner_makes_a_link_sees_it_once_and_revokes_it_with_one_click(
    client: Client, owner: Client, done: Upscale
) -> None:
    form = {"days": "7", "original": "on", "download": "on", "password": ""}
    page = owner.post(f"/results/{done.pk}/share/", form).content.decode()
    found = re.search(r'value="http://[^/"]+(/shared/[^"]+)"', page)
    assert found and client.get(found[1]).status_code == 200
    assert found[1] not in owner.get(f"/results/{done.pk}/share/").content.decode()
    share = Share.objects.get()
    assert share.original and share.download and not share.password
    assert timedelta(days=6.9) < share.expires - timezone.now() < timedelta(days=7)
    assert owner.post(f"/links/{share.pk}/revoke/")["Location"] == "/links/"
    assert client.get(found[1]).status_code == client.get(f"{found[1]}play/").status_code == 404
    events = Event.objects.filter(name="alice@example.org", what__startswith="link").order_by("pk")
    assert list(events.values_list("what", "about")) == [
        ("link_made", "holiday.mp4 x2"),
        ("link_revoked", "holiday.mp4 x2"),
    ]


def test_a_result_says_where_to_share_it_and_what_is_not_done_cannot_be(owner: Client, done: Upscale) -> None:
    address = f"/results/{done.pk}/share/"
    assert address in owner.get(f"/videos/{done.video_id}/").content.decode()
    for changes in ({"sample": True}, {"state": "running", "sample": False}):
        Upscale.objects.update(**changes)
        assert owner.get(address).status_code == 404
        done.refresh_from_db()
        with pytest.raises(Refused, match="nothing to share"):
            shares.make(done, timedelta(days=1))


def test_there_is_a_limit_to_links(owner: Client, done: Upscale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MOST", 1)
    form = {"days": "7"}
    assert owner.post(f"/results/{done.pk}/share/", form).status_code == 200
    answer = owner.post(f"/results/{done.pk}/share/", form)
    assert answer.status_code == 422 and "revoke one first" in answer.content.decode()


def test_a_deleted_result_takes_its_links_along(client: Client, linked: Linked, done: Upscale) -> None:
    path = linked()
    done.delete()
    assert client.get(path).status_code == 404 and not Share.objects.exists()


def test_links_that_have_long_been_over_are_forgotten(linked: Linked) -> None:
    linked(days=-31)
    linked(days=-29)
    shares.forget_old()
    assert Share.objects.count() == 1
