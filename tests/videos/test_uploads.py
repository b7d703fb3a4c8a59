"""Uploads by tus: what arrives counts, nothing else does, and every refusal is a sentence."""

import base64
import fcntl
import hashlib
import http.client
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from tusclient.client import TusClient

from accounts.models import User
from videos import storage
from videos.models import Video

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def metadata(name: str) -> str:
    return "filetype dmlkZW8vbXA0,filename " + base64.b64encode(name.encode()).decode()


def announce(browser: Client, size: int = 10, name: str = "a.mp4") -> str:
    answer = browser.post("/uploads/", headers=TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata(name)})
    assert answer.status_code == 201, answer.content
    return str(answer["Location"])


def patch(browser: Client, url: str, data: bytes, offset: int, **headers: str) -> object:
    headers = TUS | {"Upload-Offset": str(offset)} | {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.patch(url, data, content_type=BYTES, headers=headers)


def test_an_upload_arrives_in_pieces_and_is_checked_after_the_last(browser: Client, alice: User) -> None:
    url = announce(browser)
    first = patch(browser, url, b"01234", 0)
    assert (first.status_code, first["Upload-Offset"]) == (204, "5")
    video = Video.objects.get()
    assert (video.owner, video.state, video.name) == (alice, "uploading", "a.mp4")
    assert patch(browser, url, b"56789", 5)["Upload-Offset"] == "10"
    video.refresh_from_db()
    assert (video.state, video.source.read_bytes()) == ("checking", b"0123456789")


def test_the_first_bytes_may_come_with_the_announcement(browser: Client) -> None:
    answer = browser.post("/uploads/", b"01234", content_type=BYTES, headers=TUS | {"Upload-Length": "10"})
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "5")


def test_the_answer_tells_when_an_unfinished_upload_is_removed(browser: Client) -> None:
    assert "Upload-Expires" in browser.head(announce(browser), headers=TUS)


def test_options_says_what_this_server_speaks(browser: Client) -> None:
    answer = browser.options("/uploads/")
    assert (answer.status_code, answer["Tus-Version"], answer["Tus-Checksum-Algorithm"]) == (
        204,
        "1.0.0",
        "sha1,sha256",
    )
    assert answer["Tus-Extension"] == "creation,creation-with-upload,termination,expiration,checksum"
    assert int(answer["Tus-Max-Size"]) > 0


@pytest.mark.parametrize("kept, counted", [(4, 8), (8, 4)])
def test_after_a_crash_the_smaller_of_file_and_row_is_where_it_goes_on(
    browser: Client, kept: int, counted: int
) -> None:
    url = announce(browser)
    video = Video.objects.get()
    video.source.write_bytes(b"0123456789"[:kept])
    Video.objects.update(offset=counted)
    assert browser.head(url, headers=TUS)["Upload-Offset"] == "4"
    patch(browser, url, b"456789", 4)
    assert video.source.read_bytes() == b"0123456789"


def test_a_crash_between_the_last_byte_and_the_check_is_made_good(browser: Client) -> None:
    url = announce(browser, 5)
    video = Video.objects.get()
    video.source.write_bytes(b"01234")
    Video.objects.update(offset=5)
    assert browser.head(url, headers=TUS)["Upload-Offset"] == "5"
    video.refresh_from_db()
    assert video.state == "checking"


def test_a_wrong_offset_changes_nothing(browser: Client) -> None:
    url = announce(browser)
    patch(browser, url, b"01234", 0)
    assert patch(browser, url, b"xxxxx", 3).status_code == 409
    assert Video.objects.get().source.read_bytes() == b"01234"


def test_more_than_was_announced_is_refused(browser: Client) -> None:
    assert patch(browser, announce(browser), b"0123456789X", 0).status_code == 413
    assert Video.objects.get().offset == 0


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_a_checksum_is_compared_before_the_bytes_count(browser: Client, name: str) -> None:
    url = announce(browser)
    digest = base64.b64encode(hashlib.new(name, b"01234").digest()).decode()
    wrong = patch(browser, url, b"0123X", 0, Upload_Checksum=f"{name} {digest}")
    assert wrong.status_code == 460
    assert browser.head(url, headers=TUS)["Upload-Offset"] == "0"
    assert patch(browser, url, b"01234", 0, Upload_Checksum=f"{name} {digest}").status_code == 204


def test_an_unknown_checksum_is_refused(browser: Client) -> None:
    assert patch(browser, announce(browser), b"01234", 0, Upload_Checksum="md4 AAAA").status_code == 400


def test_a_second_writer_is_told_to_wait(browser: Client) -> None:
    url = announce(browser)
    with Video.objects.get().source.open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert patch(browser, url, b"01234", 0).status_code == 423
    assert patch(browser, url, b"01234", 0).status_code == 204


def test_bytes_of_another_content_type_are_refused(browser: Client) -> None:
    url = announce(browser)
    answer = browser.patch(url, b"01234", content_type="text/plain", headers=TUS | {"Upload-Offset": "0"})
    assert answer.status_code == 415


def test_another_version_of_the_protocol_is_refused(browser: Client) -> None:
    answer = browser.post("/uploads/", headers={"Tus-Resumable": "0.2.2", "Upload-Length": "10"})
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")


def test_a_length_that_is_no_number_is_refused(browser: Client) -> None:
    assert browser.post("/uploads/", headers=TUS | {"Upload-Length": "-3"}).status_code == 400


def test_a_given_up_upload_leaves_nothing(browser: Client) -> None:
    url = announce(browser)
    folder = Video.objects.get().folder
    assert browser.delete(url, headers=TUS).status_code == 204
    assert not Video.objects.exists() and not folder.exists()
    assert browser.head(url, headers=TUS).status_code == 404


def test_a_finished_upload_cannot_be_given_up_by_the_way(browser: Client) -> None:
    url = announce(browser, 5)
    patch(browser, url, b"01234", 0)
    assert browser.delete(url, headers=TUS).status_code == 409
    assert Video.objects.exists()


def test_an_upload_past_its_life_is_gone(browser: Client) -> None:
    url = announce(browser)
    Video.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert patch(browser, url, b"01234", 0).status_code == 410


def test_a_method_may_be_overridden_where_only_post_gets_through(browser: Client) -> None:
    headers = TUS | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    answer = browser.post(announce(browser), b"01234", content_type=BYTES, headers=headers)
    assert (answer.status_code, answer["Upload-Offset"]) == (204, "5")


def test_too_large_a_file_is_refused_before_its_first_byte(browser: Client, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 9
    answer = browser.post("/uploads/", headers=TUS | {"Upload-Length": "10"})
    assert answer.status_code == 413
    assert "at most 9" in answer.content.decode()
    assert not Video.objects.exists()


def test_a_full_disk_is_told_before_the_first_byte(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "spare_bytes", lambda: 9)
    answer = browser.post("/uploads/", headers=TUS | {"Upload-Length": "10"})
    assert answer.status_code == 507
    assert "disk is almost full" in answer.content.decode()


def test_a_stranger_gets_404_and_somebody_signed_out_is_asked_to_sign_in(browser: Client, charlie: User) -> None:
    url = announce(browser)
    browser.logout()
    assert patch(browser, url, b"01234", 0).status_code == 401
    browser.force_login(charlie)
    assert patch(browser, url, b"01234", 0).status_code == 404
    assert browser.head(url, headers=TUS).status_code == 404
    assert browser.delete(url, headers=TUS).status_code == 404
    assert Video.objects.get().offset == 0


def test_uploads_from_other_sites_are_refused(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post("/uploads/", headers=TUS | {"Upload-Length": "10"}).status_code == 403
    get = {"X-HTTP-Method-Override": "DELETE"}
    assert browser.get("/uploads/", headers=TUS | get).status_code == 405


@pytest.mark.parametrize(
    "sent, shown",
    [
        ("../../etc/passwd.mp4", "passwd.mp4"),
        ("C:\\videos\\cat.mp4", "cat.mp4"),
        ("a\r\nSet-Cookie: x\x00.mp4", "a Set-Cookie: x .mp4"),
        ("\"quoted\" 'name'.mp4", "\"quoted\" 'name'.mp4"),
        ("übermut 映画 🎬.mkv", "übermut 映画 🎬.mkv"),
        ("gpj.\u202e4pm.exe", "gpj.4pm.exe"),
        ("../", "video"),
        ("", "video"),
    ],
)
def test_hostile_names_are_made_safe_and_never_refused(browser: Client, sent: str, shown: str) -> None:
    announce(browser, name=sent)
    assert Video.objects.get().name == shown


def test_a_name_of_300_characters_is_cut_and_keeps_its_ending(browser: Client) -> None:
    announce(browser, name="x" * 300 + ".mp4")
    name = Video.objects.get().name
    assert len(name) == 180 and name.endswith("….mp4")


def test_a_name_that_cannot_be_read_is_no_reason_to_refuse(browser: Client) -> None:
    answer = browser.post("/uploads/", headers=TUS | {"Upload-Length": "10", "Upload-Metadata": "filename %%%"})
    assert (answer.status_code, Video.objects.get().name) == (201, "video")


def signed_in(browser: Client, live_server: LiveServer) -> dict[str, str]:
    """What a client sends besides the protocol: the session and the proof that our own page asks."""
    token = browser.get("/").cookies["csrftoken"].value
    session = browser.cookies["sessionid"].value
    return {"Cookie": f"sessionid={session}; csrftoken={token}", "X-CSRFToken": token}


@pytest.mark.django_db(transaction=True)
def test_tuspy_uploads_and_goes_on_after_an_interruption(
    browser: Client, live_server: LiveServer, tmp_path: Path
) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(bytes(range(256)) * 40)
    client = TusClient(f"{live_server.url}/uploads/", headers=signed_in(browser, live_server))
    with file.open("rb") as stream:
        how = {"file_stream": stream, "chunk_size": 4000, "upload_checksum": True}
        first = client.uploader(metadata={"filename": "film.mp4"}, **how)
        first.upload(stop_at=8000)
        assert Video.objects.get().offset == 8000
        second = client.uploader(url=first.url, **how)
        assert second.offset == 8000
        second.upload()
    video = Video.objects.get()
    assert (video.name, video.state, video.source.read_bytes()) == ("film.mp4", "checking", file.read_bytes())


@pytest.mark.django_db(transaction=True)
def test_what_arrived_before_the_connection_broke_counts(browser: Client, live_server: LiveServer) -> None:
    url = announce(browser, 1000)
    line = http.client.HTTPConnection(urlsplit(live_server.url).netloc, timeout=10)
    line.putrequest("PATCH", url)
    sent = (
        TUS | signed_in(browser, live_server) | {"Content-Type": BYTES, "Upload-Offset": "0", "Content-Length": "1000"}
    )
    for name, value in sent.items():
        line.putheader(name, value)
    line.endheaders(b"x" * 400)
    line.sock.shutdown(1)
    with line.getresponse() as answer:
        answer.read()
    line.close()
    assert browser.head(url, headers=TUS)["Upload-Offset"] == "400"
