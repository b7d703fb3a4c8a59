"""Uploads into a bucket: parts of one size as they come, a rest that waits, and whatever is lost comes again."""

import base64
import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from tests.videos.bucket import Bucket
from tests.videos.test_uploads import TUS, announce, metadata, patch
from videos import multipart, uploads
from videos.models import Video
from vsrsite.locks import alone

CONTENT = random.Random(1).randbytes(2600)


@pytest.fixture(autouse=True)
def small_parts(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "part_bytes", lambda size: 1000)


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def offset(browser: Client, url: str) -> int:
    return int(browser.head(url, headers=TUS)["Upload-Offset"])


def whole(bucket: Bucket) -> bool:
    """The object is what was sent, and nothing else is there."""
    return bucket.objects == {f"site/{Video.objects.get().pk}/source": CONTENT} and bucket.uploads == {}


def bring_the_rest(browser: Client, url: str, step: int = 700) -> None:
    """As clients do: from where the server says it stands."""
    while (at := offset(browser, url)) < len(CONTENT):
        answer: Any = patch(browser, url, CONTENT[at : at + step], at)
        assert answer.status_code in {204, 409}
    assert Video.objects.get().state == "checking"


@pytest.mark.parametrize("step", [300, 700, 1000, 2600])
def test_what_comes_in_pieces_becomes_one_object(browser: Client, bucket: Bucket, media_root: Path, step: int) -> None:
    bring_the_rest(browser, announce(browser, len(CONTENT)), step)
    assert whole(bucket)
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


def test_a_piece_goes_to_the_bucket_before_the_upload_is_whole(browser: Client, bucket: Bucket) -> None:
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:1500], 0)
    ((_, parts),) = bucket.uploads.values()
    assert parts == {1: CONTENT[:1000]}
    assert list(bucket.objects.values()) == [CONTENT[1000:1500]]
    assert offset(browser, url) == 1500


@pytest.mark.parametrize("sync_after", [1, 300])
def test_a_long_piece_counts_by_whole_parts_and_never_goes_back(
    browser: Client, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, sync_after: int
) -> None:
    monkeypatch.setattr(uploads, "SYNC_AFTER", sync_after)
    monkeypatch.setattr(uploads, "PIECE", 100)
    counted: list[int] = []
    commit = uploads._commit

    def counting(*what: Any, **how: Any) -> int:
        counted.append(commit(*what, **how))
        return counted[-1]

    monkeypatch.setattr(uploads, "_commit", counting)
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:500], 0)
    patch(browser, url, CONTENT[500:2300], 500)
    assert counted == sorted(counted) and set(counted) - {0} == {500, 1000, 2000, 2300}
    bring_the_rest(browser, url)
    assert whole(bucket)


def test_a_piece_whose_checksum_is_wrong_never_reaches_the_bucket(browser: Client, bucket: Bucket) -> None:
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:500], 0)
    digest = "sha256 " + base64.b64encode(hashlib.sha256(CONTENT[500:]).digest()).decode()
    bad: Any = patch(browser, url, b"X" + CONTENT[501:], 500, Upload_Checksum=digest)
    assert (bad.status_code, offset(browser, url)) == (460, 500)
    assert [parts for _, parts in bucket.uploads.values()] == [{}]
    good: Any = patch(browser, url, CONTENT[500:], 500, Upload_Checksum=digest)
    assert good.status_code == 204 and whole(bucket)


def test_parts_that_the_row_does_not_count_come_again(browser: Client, bucket: Bucket) -> None:
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:500], 0)
    kept = dict(bucket.objects)
    patch(browser, url, CONTENT[500:2300], 500)
    Video.objects.update(offset=500)  # as if it had crashed before
    bucket.objects |= kept
    bring_the_rest(browser, url)
    assert whole(bucket)


def test_a_rest_that_is_lost_comes_again(browser: Client, bucket: Bucket) -> None:
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:1500], 0)
    bucket.objects.clear()
    assert offset(browser, url) == 1000
    bring_the_rest(browser, url)
    assert whole(bucket)


@pytest.mark.parametrize("lost", [(1,), (2,), (1, 2)])
def test_an_upload_that_the_bucket_has_lost_begins_anew(browser: Client, bucket: Bucket, lost: tuple[int]) -> None:
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:2200], 0)
    bucket.uploads.clear()
    assert offset(browser, url) == 0
    bring_the_rest(browser, url)
    assert whole(bucket)


def test_an_upload_that_is_lost_while_bytes_come_begins_anew(
    browser: Client, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:1000], 0)
    monkeypatch.setattr(multipart.Parts, "arrived", lambda parts: parts._video.offset)
    bucket.uploads.clear()
    answer: Any = patch(browser, url, CONTENT[1000:], 1000)
    assert (answer.status_code, Video.objects.get().offset) == (409, 0)
    monkeypatch.undo()
    monkeypatch.setattr(multipart, "part_bytes", lambda size: 1000)


@pytest.mark.parametrize("crash", ["before the row", "before the rest is removed"])
def test_a_crash_after_the_object_was_made_is_made_good(browser: Client, bucket: Bucket, crash: str) -> None:
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:1500], 0)
    kept = dict(bucket.objects)
    patch(browser, url, CONTENT[1500:], 1500)
    Video.objects.update(offset=1500, state="uploading")
    if crash == "before the rest is removed":
        bucket.objects |= kept
    assert offset(browser, url) == len(CONTENT)
    assert whole(bucket) and Video.objects.get().state == "checking"


def test_a_bucket_that_is_away_costs_nothing_that_had_arrived(browser: Client, bucket: Bucket) -> None:
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:1500], 0)
    bucket.away = True
    answer: Any = patch(browser, url, CONTENT[1500:], 1500)
    assert answer.status_code == 503 and "cannot reach" in answer.content.decode()
    bucket.away = False
    assert offset(browser, url) == 1500
    bring_the_rest(browser, url)
    assert whole(bucket)


def test_giving_up_leaves_nothing(browser: Client, bucket: Bucket) -> None:
    url = announce(browser, len(CONTENT))
    patch(browser, url, CONTENT[:1500], 0)
    assert browser.delete(url, headers=TUS).status_code == 204
    assert bucket.objects == {} and bucket.uploads == {}


def test_a_second_writer_is_told_to_wait(browser: Client) -> None:
    url = announce(browser, len(CONTENT))
    with alone(Video.objects.get().pk):
        if connection.vendor != "postgresql":  # there one connection may take it twice
            assert patch(browser, url, CONTENT, 0).status_code == 423
    assert patch(browser, url, CONTENT, 0).status_code == 204


def test_a_plain_form_brings_a_file_in_one_piece(browser: Client, bucket: Bucket, tmp_path: Path) -> None:
    answer = browser.post(
        "/uploads/", CONTENT, content_type="application/offset+octet-stream",
        headers=TUS | {"Upload-Length": str(len(CONTENT)), "Upload-Metadata": metadata("a.mp4")},
    )  # fmt: skip
    assert answer.status_code == 201 and whole(bucket)


def test_a_large_upload_has_no_more_parts_than_s3_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for size in (1, 8 << 20, 50 << 30, 4 << 40):
        part = multipart.part_bytes(size)
        assert part >= 5 << 20 and part % (1 << 20) == 0 and size / part <= 10_000
