"""The figures for Prometheus are the rows', and not everybody sees them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from accounts.models import User
from tests.conftest import JobMaker
from videos.models import Segment, Upscale, Video
from videos.work.claiming import claim_next


def figures(client: Client) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of the labels' names."""
    response = client.get("/metrics")
    assert response.status_code == 200
    families = text_string_to_metric_families(response.content.decode())
    return {
        (s.name, *(value for _, value in sorted(s.labels.items()))): s.value
        for family in families
        for s in family.samples
    }


def test_an_idle_site_has_figures_too(client: Client, db: None) -> None:
    found = figures(client)
    assert found["vsr_queue_depth", "segment"] == found["vsr_queue_age_seconds", "segment"] == 0
    assert found["vsr_segments", "running"] == found["vsr_frames_per_second",] == 0
    assert found["vsr_disk_bytes", "total"] > found["vsr_disk_bytes", "free"] > 0


def test_the_queue_the_work_and_its_speed_are_counted(client: Client, alice: User, job_of: JobMaker) -> None:
    job = job_of(alice, pieces=3, state="queued")
    Upscale.objects.update(created=timezone.now() - timedelta(seconds=90))
    job_of(alice, pieces=0)
    segment = claim_next()
    assert segment and segment.upscale == job
    Segment.objects.filter(pk=segment.pk).update(
        frames_done=5, started=timezone.now() - timedelta(seconds=2), lease=timezone.now() + timedelta(seconds=60)
    )
    found = figures(client)
    assert (found["vsr_segments", "running"], found["vsr_segments", "queued"]) == (1, 2)
    assert (found["vsr_queue_depth", "segment"], found["vsr_queue_depth", "plan"]) == (2, 1)
    assert 89 < found["vsr_queue_age_seconds", "segment"] < 100
    assert found["vsr_working", "segment"] == found["vsr_upscales", "running"] == 1
    assert 1.5 < found["vsr_frames_per_second",] <= 2.5


def test_failures_are_told_by_reason_and_rare_ones_together(
    client: Client,
    alice: User,
    job_of: JobMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vsrsite.metrics.REASONS", 1)
    for reason in ("often", "often", "once", "never again"):
        job_of(alice, state="failed", reason=reason)
    found = figures(client)
    assert (found["vsr_failures", "often", "upscale"], found["vsr_failures", "other", "upscale"]) == (2, 2)
    assert ("vsr_failures", "once", "upscale") not in found


def test_uploads_are_told_by_what_is_announced_and_what_has_come(client: Client, alice: User) -> None:
    Video.objects.create(owner=alice, name="a.mp4", size=100, offset=30, expires=timezone.now() + timedelta(hours=1))
    found = figures(client)
    assert (found["vsr_upload_bytes", "announced"], found["vsr_upload_bytes", "arrived"]) == (100, 30)


@pytest.mark.parametrize(
    ("environment", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "10.0.0.7"}, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
    ],
)
def test_without_a_token_only_this_machine_sees_them(
    client: Client, db: None, environment: dict[str, str], status: int
) -> None:
    assert client.get("/metrics", **environment).status_code == status  # type: ignore[arg-type]


def test_with_a_token_only_who_has_it_sees_them(client: Client, db: None, settings: Settings) -> None:
    settings.METRICS_TOKEN = "s3cret"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer s3cre"}).status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer s3cret"}, REMOTE_ADDR="10.0.0.7").status_code == 200
