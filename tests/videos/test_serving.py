"""Files as browsers and players ask for them."""

from pathlib import Path
from typing import Any

import pytest
from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from pytest_django import Settings

from videos.serving import send

CONTENT = bytes(range(100))


@pytest.fixture
def file(media_root: Path) -> Path:
    path = media_root / "source"
    path.write_bytes(CONTENT)
    return path


def ask(
    path: Path | None, method: str = "GET", name: str = "", download: bool = False, **headers: str
) -> HttpResponseBase:
    named = {header.replace("_", "-"): value for header, value in headers.items()}
    return send(RequestFactory().generic(method, "/", headers=named), path, "video/mp4", name, download)


def body(answer: Any) -> bytes:
    return b"".join(answer) if isinstance(answer, StreamingHttpResponse) else answer.content


def test_the_whole_file_comes_with_its_length_and_says_that_ranges_work(file: Path) -> None:
    answer = ask(file)
    assert (answer.status_code, answer["Content-Length"], answer["Accept-Ranges"]) == (200, "100", "bytes")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("video/mp4", "nosniff")
    assert body(answer) == CONTENT


@pytest.mark.parametrize(
    "asked, first, last",
    [
        ("bytes=10-19", 10, 19),
        ("bytes=90-", 90, 99),
        ("bytes=-5", 95, 99),
        ("bytes=95-500", 95, 99),
        ("bytes=0-0", 0, 0),
    ],
)
def test_a_range_is_answered_with_206_and_exactly_its_bytes(file: Path, asked: str, first: int, last: int) -> None:
    answer = ask(file, Range=asked)
    assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes {first}-{last}/100")
    assert body(answer) == CONTENT[first : last + 1]
    assert answer["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_range_behind_the_end_is_answered_with_416(file: Path, asked: str) -> None:
    answer = ask(file, Range=asked)
    assert (answer.status_code, answer["Content-Range"], body(answer)) == (416, "bytes */100", b"")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-3", "bytes=-", "frames=1-2", "nonsense"])
def test_what_is_not_one_range_gets_the_whole_file(file: Path, asked: str) -> None:
    answer = ask(file, Range=asked)
    assert (answer.status_code, body(answer)) == (200, CONTENT)


def test_if_range_gives_the_rest_of_the_same_file_only(file: Path) -> None:
    etag, changed = ask(file)["ETag"], ask(file)["Last-Modified"]
    assert ask(file, Range="bytes=50-", If_Range=etag).status_code == 206
    assert ask(file, Range="bytes=50-", If_Range=changed).status_code == 206
    assert ask(file, Range="bytes=50-", If_Range='"another"').status_code == 200


def test_an_unchanged_file_is_not_sent_again(file: Path) -> None:
    answer = ask(file, If_None_Match=ask(file)["ETag"])
    assert (answer.status_code, body(answer)) == (304, b"")


def test_head_answers_as_get_without_the_bytes(file: Path) -> None:
    answer = ask(file, "HEAD", Range="bytes=10-19")
    assert (answer.status_code, answer["Content-Length"], body(answer)) == (206, "10", b"")


def test_a_download_carries_the_name_its_owner_knows(file: Path) -> None:
    answer = ask(file, name='übermut "1".mp4', download=True)
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%C3%BCbermut%20%221%22.mp4"


def test_a_missing_file_is_404(media_root: Path) -> None:
    for path in (None, media_root / "gone"):
        with pytest.raises(Http404):
            ask(path)


def test_behind_a_proxy_that_can_the_proxy_sends_the_file(file: Path, settings: Settings) -> None:
    settings.X_ACCEL_PREFIX = "/protected/"
    answer = ask(file, Range="bytes=10-19", name="a.mp4", download=True)
    assert (answer.status_code, answer["X-Accel-Redirect"], body(answer)) == (200, "/protected/source", b"")
    assert answer["Content-Disposition"] == 'attachment; filename="a.mp4"'
