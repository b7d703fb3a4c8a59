"""Uploads by somebody who means harm: they cost others nothing, and no byte counts that was not sent in its place."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.videos.test_uploads import BYTES, TUS, announce, browser, patch  # noqa: F401
from videos import uploads
from videos.models import Video
from videos.work.sweeping import sweep

MILLION = pytest.param(1_000_000, marks=[pytest.mark.long, pytest.mark.timeout(4 * 3600)])


@pytest.mark.parametrize("offset", ["-1", "+0", "0x0", "1e3", "٣", "9" * 30, "0, 0", ""])
def test_an_offset_that_is_no_number_changes_nothing(browser: Client, offset: str) -> None:  # noqa: F811
    url = announce(browser)
    headers = TUS | {"Upload-Offset": offset}
    assert browser.patch(url, b"01234", content_type=BYTES, headers=headers).status_code == 400
    assert Video.objects.get().source.read_bytes() == b""


@pytest.mark.parametrize("length", ["0", "-1", "9" * 18, "9" * 30])
def test_a_length_that_cannot_be_announces_nothing(browser: Client, length: str) -> None:  # noqa: F811
    answer = browser.post("/uploads/", headers=TUS | {"Upload-Length": length})
    assert answer.status_code in {400, 413, 507} and answer.content.endswith(b".")
    assert not Video.objects.exists()


@pytest.mark.parametrize("checksum", ["sha1", "sha1 ", "sha1 ====", "sha1 AAAA", f"sha256 {'A' * 4000}", " ", "é é"])
def test_a_checksum_that_is_none_lets_no_byte_count(browser: Client, checksum: str) -> None:  # noqa: F811
    url = announce(browser)
    answer = patch(browser, url, b"01234", 0, Upload_Checksum=checksum)
    assert answer.status_code in {400, 460}
    assert browser.head(url, headers=TUS)["Upload-Offset"] == "0"


def test_bytes_that_overlap_change_nothing(browser: Client) -> None:  # noqa: F811
    url = announce(browser)
    patch(browser, url, b"01234", 0)
    for offset, data in ((4, b"xx"), (0, b"xxxxxxxxxx"), (6, b"x"), (5, b"xxxxxx")):
        assert patch(browser, url, data, offset).status_code in {409, 413}
    assert Video.objects.get().source.read_bytes() == b"01234"
    assert patch(browser, url, b"56789", 5).status_code == 204
    assert Video.objects.get().source.read_bytes() == b"0123456789"


def test_of_bytes_that_come_to_one_place_at_once_one_lot_counts(
    browser: Client,  # noqa: F811
    live_server: LiveServer,
) -> None:
    lots = [bytes([letter]) * 200_000 for letter in b"abcdef"]
    url = announce(browser, len(lots[0]))
    session = browser.cookies["sessionid"].value

    def send(lot: bytes) -> int:
        line = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=30)
        proof = {"Cookie": f"sessionid={session}; csrftoken={'c' * 32}", "X-CSRFToken": "c" * 32}
        line.request("PATCH", url, lot, TUS | proof | {"Upload-Offset": "0", "Content-Type": BYTES})
        status = line.getresponse().status
        line.close()
        return status

    with ThreadPoolExecutor(len(lots)) as pool:
        statuses = list(pool.map(send, lots))
    assert statuses.count(204) == 1 and set(statuses) <= {204, 409, 410, 423}
    video = Video.objects.get()
    assert (video.state, video.offset) == ("checking", len(lots[0]))
    assert video.source.read_bytes() == lots[statuses.index(204)]


@pytest.mark.parametrize("count", [100, MILLION])
def test_empty_pieces_add_nothing(
    browser: Client,  # noqa: F811
    count: int,
    alice: User,
    rf: RequestFactory,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """The first by way of the whole site, the others, to spare time, straight to what answers them."""
    url, told = announce(browser), {"CONTENT_TYPE": BYTES, "CONTENT_LENGTH": "0"}
    headers = TUS | {"Upload-Offset": "0"}
    before = Video.objects.get()
    written = before.source.stat().st_mtime_ns
    with django_assert_max_num_queries(10):
        browser.patch(url, headers=headers, **told)
    request = rf.patch(url, headers=headers, **told)
    request.user = alice
    for _ in range(count):
        assert uploads.upload(request, pk=before.pk)["Upload-Offset"] == "0"
    video = Video.objects.get()
    assert (video.expires, video.source.stat().st_mtime_ns) == (before.expires, written)
    assert [path.name for path in video.folder.iterdir()] == ["source"]
    assert patch(browser, url, b"0123456789", 0).status_code == 204
    assert Video.objects.get().state == "checking"


@pytest.mark.parametrize("count", [50, pytest.param(500, marks=pytest.mark.long)])
def test_uploads_left_open_are_at_most_what_one_may_keep_and_go_by_themselves(
    browser: Client,  # noqa: F811
    count: int,
    alice: User,
    bob: User,
    settings: Settings,
    media_root: Path,
) -> None:
    settings.MAX_VIDEOS = most = count // 5
    statuses = [browser.post("/uploads/", headers=TUS | {"Upload-Length": "10"}).status_code for _ in range(count)]
    assert statuses == [201] * most + [413] * (count - most)
    other = Client()
    other.force_login(bob)
    announce(other)
    Video.objects.filter(owner=alice).update(expires=timezone.now() - timedelta(seconds=1))
    sweep()
    assert [video.owner for video in Video.objects.all()] == [bob]
    assert len(list(media_root.iterdir())) == 1
    announce(browser)
