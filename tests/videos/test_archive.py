"""All results in one archive: as long as it says, each file byte for byte, and none of it held in memory."""

import tracemalloc
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Event, User
from tests.conftest import JobMaker
from videos import tags
from videos.archive import archive
from videos.models import Upscale, Video

MEGABYTE = 1 << 20


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def done(job_of: JobMaker) -> Any:
    def make(owner: User, name: str, content: bytes) -> Upscale:
        job = job_of(owner, state="done", file="r.mp4", container="mp4")
        Video.objects.filter(pk=job.video_id).update(name=name)
        job.video.name = name
        job.folder.mkdir()
        (job.folder / "r.mp4").write_bytes(content)
        return job

    return make


def fetched(browser: Client, query: str = "") -> Any:
    return browser.get(reverse("videos:results_listed") + query)


def test_every_result_is_in_it_byte_for_byte_under_a_name_of_its_own(browser: Client, alice: User, done: Any) -> None:
    for name, content in (("a.mp4", b"first"), ("a.mov", b"second"), ("A.avi", b"third"), ("여름.mp4", b"fourth")):
        done(alice, name, content)
    answer = fetched(browser)
    whole = b"".join(answer)
    assert answer["Content-Length"] == str(len(whole)) and answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert {entry.compress_type for entry in opened.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.filename: opened.read(entry) for entry in opened.infolist()} == {
            "a x2.mp4": b"first",
            "a x2 (2).mp4": b"second",
            "A x2 (3).mp4": b"third",
            "여름 x2.mp4": b"fourth",
        }


def test_only_what_is_listed_and_done_and_ones_own_is_in_it(
    browser: Client, alice: User, bob: User, done: Any, job_of: JobMaker
) -> None:
    listed = done(alice, "a.mp4", b"mine")
    done(alice, "b.mp4", b"mine, too")
    done(bob, "a.mp4", b"theirs")
    job_of(alice)
    tags.put(listed.video, ["Season 1"])
    answer = fetched(browser, "?tag=Season 1")
    assert answer["Content-Disposition"] == 'attachment; filename="Season 1.zip"'
    assert zipfile.ZipFile(BytesIO(b"".join(answer))).namelist() == ["a x2.mp4"]


def test_a_head_tells_the_length_and_nothing_to_send_is_404(browser: Client, alice: User, done: Any) -> None:
    assert fetched(browser).status_code == 404
    gone = done(alice, "a.mp4", b"gone")
    (gone.folder / "r.mp4").unlink()
    assert fetched(browser).status_code == 404
    done(alice, "b.mp4", b"here")
    told = browser.head(reverse("videos:results_listed"))
    assert told["Content-Length"] == fetched(browser)["Content-Length"] and not told.content


def test_it_is_made_while_it_is_sent(alice: User, done: Any) -> None:
    jobs = [done(alice, f"{number}.mp4", bytes(8 * MEGABYTE)) for number in range(4)]
    made = archive(jobs)
    tracemalloc.start()
    sent = sum(map(len, made))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent == len(archive(jobs)) > 32 * MEGABYTE
    assert peak < 4 * MEGABYTE


def test_staff_that_fetches_an_archive_is_written_down(client: Client, admin: User, done: Any) -> None:
    done(admin, "a.mp4", b"mine")
    client.force_login(admin)
    list(fetched(client))
    assert Event.objects.get(what="downloaded").about == "1 results of admin@example.org"


def test_the_dashboard_offers_it_where_there_are_results(browser: Client, alice: User, done: Any) -> None:
    assert "results.zip" not in browser.get("/").content.decode()
    for name in ("a.mp4", "also.mp4"):  # one result is offered by its own card
        done(alice, name, b"mine")
    Video.objects.update(facts=None)
    assert 'href="/listed/results.zip?q=a"' in browser.get("/?q=a").content.decode()
