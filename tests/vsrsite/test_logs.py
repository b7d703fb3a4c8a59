"""One id follows a wish from the browser's request through the processes that fulfil it."""

import io
import json
import logging
import uuid
from collections.abc import Iterator
from logging.config import DictConfigurator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.conftest import JobMaker
from videos.models import Upscale
from videos.work.attempts import attempt
from videos.work.claiming import claim_next
from vsrsite import env, logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the app's loggers write as JSON."""
    configuration = logs.configuration("json")
    configurator = DictConfigurator(configuration)
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(configurator.configure_formatter(configuration["formatters"]["json"]))
    handler.addFilter(configurator.configure_filter(configuration["filters"]["request"]))
    logging.getLogger("videos").addHandler(handler)
    yield handler.stream
    logging.getLogger("videos").removeHandler(handler)


def records(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_every_answer_bears_the_id_of_its_request(client: Client) -> None:
    first, second = (client.get("/healthz").headers["X-Request-ID"] for _ in range(2))
    assert uuid.UUID(first) != uuid.UUID(second)


def test_an_id_that_a_proxy_has_given_is_kept_and_nonsense_is_not(client: Client) -> None:
    given = str(uuid.uuid4())
    assert client.get("/healthz", headers={"x-request-id": given}).headers["X-Request-ID"] == given
    assert uuid.UUID(client.get("/healthz", headers={"x-request-id": "a" * 9000}).headers["X-Request-ID"])


def test_the_id_follows_a_job_into_its_worker_and_the_heartbeat_of_it(
    client: Client,
    alice: User,
    job_of: JobMaker,
    lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    video = job_of(alice, state="done").video
    client.force_login(alice)
    asked = client.post(reverse("videos:convert", args=[video.pk]), {"model": "bicubic", "scale": 2, "codec": "h264"})
    assert asked.status_code == 302
    job = Upscale.objects.get(state="queued")
    assert str(job.request_id) == asked.headers["X-Request-ID"]
    job.plan([(0, 10)])
    segment = claim_next()
    assert segment
    monkeypatch.setattr("videos.work.leases.BEAT_SECONDS", 0.01)
    seen = []
    with attempt(segment, lambda frames: bool(seen.append(logs.request_id()))):
        while not seen:
            pass
    told = records(lines)
    assert any("attempt 1 begins" in str(line["message"]) and str(segment.pk) in str(line["message"]) for line in told)
    assert {line["request_id"] for line in told} == {str(job.request_id)}
    assert seen[0] == job.request_id
    assert logs.request_id() is None


def test_a_line_of_json_says_when_how_bad_and_who(lines: io.StringIO) -> None:
    logging.getLogger("videos.work").warning("It is %s.", "so")
    (line,) = records(lines)
    assert (line["level"], line["logger"], line["message"], line["request_id"]) == (
        "WARNING",
        "videos.work",
        "It is so.",
        None,
    )
    assert str(line["time"]).startswith("20")


def test_another_form_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(Exception, match="LOG_FORMAT='xml' is unknown; use line or json"):
        env.choice("LOG_FORMAT", "line", "json")
