"""Who did what: written down, shown, changed by nobody, and forgotten in time."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.audit import forget_the_old
from accounts.models import Event, User
from accounts.tasks import tidy
from tests.conftest import JobMaker
from videos.models import Video

PASSWORD = "alice's password"


def told() -> list[tuple[str, str, str]]:
    """What, who, about; the oldest first."""
    return list(Event.objects.order_by("pk").values_list("what", "name", "about"))


@pytest.fixture
def office(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    Event.objects.all().delete()
    return client


def test_sign_ins_and_failed_ones(client: Client, alice: User) -> None:
    client.post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    client.post("/accounts/login/", {"login": "nobody@example.org", "password": "wrong"})
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/logout/")
    assert told() == [
        ("sign_in_failed", "", "alice@example.org"),
        ("sign_in_failed", "", "nobody@example.org"),
        ("signed_in", "alice@example.org", ""),
        ("signed_out", "alice@example.org", ""),
    ]
    assert set(Event.objects.values_list("address", flat=True)) == {"127.0.0.1"}


def test_the_address_is_the_clients_behind_a_proxy(client: Client, db: None, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    form = {"login": "nobody@example.org", "password": "wrong"}
    client.post("/accounts/login/", form, headers={"X-Forwarded-For": "198.51.100.7"})
    assert Event.objects.get().address == "198.51.100.7"


def test_no_password_is_written_down(client: Client, alice: User) -> None:
    client.post("/accounts/login/", {"login": alice.email, "password": "a secret"})
    assert "a secret" not in str(list(Event.objects.values()))


def test_new_passwords(browser: Client) -> None:
    form = {"oldpassword": PASSWORD, "password1": "quite another 1", "password2": "quite another 1"}
    browser.post("/accounts/password/change/", form)
    assert told()[-1] == ("password_changed", "alice@example.org", "")


def test_deleted_videos_results_and_accounts(browser: Client, alice: User, job_of: JobMaker) -> None:
    Event.objects.all().delete()
    job = job_of(alice)
    browser.post(f"/results/{job.pk}/delete/")
    browser.post(f"/videos/{job.video.pk}/delete/")
    upload = Video.objects.create(owner=alice, name="b.mp4", size=4)
    upload.folder.mkdir()
    upload.source.touch()
    browser.delete(f"/uploads/{upload.pk}/", headers={"Tus-Resumable": "1.0.0"})
    browser.post("/accounts/delete/", {"password": PASSWORD})
    assert [(what, about) for what, _, about in told()] == [
        ("result_deleted", "clip.mp4 x2"),
        ("video_deleted", "clip.mp4"),
        ("video_deleted", "b.mp4"),
        ("account_deleted", ""),
        ("signed_out", ""),
    ]
    assert set(Event.objects.values_list("name", "who")) == {("alice@example.org", None)}


@pytest.mark.parametrize("staff, times", [(True, 1), (False, 0)])
def test_downloads_by_staff_once_however_many_pieces(
    client: Client, alice: User, admin: User, staff: bool, times: int
) -> None:
    owner = admin if staff else alice
    client.force_login(owner)
    video = Video.objects.create(owner=owner, name="a.mp4", size=4, state="ready")
    video.folder.mkdir()
    video.source.write_bytes(b"film")
    address = f"/videos/{video.pk}/original/"
    for headers in ({}, {"Range": "bytes=2-3"}):
        list(client.get(address, headers=headers))
    client.head(address)
    assert Event.objects.filter(what="downloaded", about="a.mp4").count() == times


def test_blocking_somebody(office: Client, alice: User) -> None:
    edit(office, alice)
    assert told() == [("blocked", "admin@example.org", "alice@example.org")]
    edit(office, alice, is_active="on")
    assert told()[-1] == ("unblocked", "admin@example.org", "alice@example.org")


def edit(office: Client, user: User, **fields: str) -> None:
    answer = office.post(f"/admin/accounts/user/{user.pk}/change/", {"email": user.email, **fields})
    assert answer.status_code == 302, answer.context["errors"]


def test_what_the_admin_does_to_jobs(
    office: Client,
    alice: User,
    job_of: JobMaker,
) -> None:
    job = job_of(alice)
    office.post("/admin/videos/upscale/", {"action": "cancel", "_selected_action": [str(job.pk)]})
    assert told() == [("jobs_changed", "admin@example.org", "clip.mp4 x2 of alice@example.org: cancelled")]


def test_the_admin_shows_both_logs_and_changes_neither(office: Client, alice: User) -> None:
    edit(office, alice)
    event, entry = Event.objects.get(), LogEntry.objects.get()
    for address, row in (("accounts/event", event), ("admin/logentry", entry)):
        assert "alice@example.org" in office.get(f"/admin/{address}/").content.decode()
        assert office.get(f"/admin/{address}/{row.pk}/change/").status_code == 200
        assert office.post(f"/admin/{address}/{row.pk}/change/", {"about": "x"}).status_code == 403
        assert office.post(f"/admin/{address}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert office.get(f"/admin/{address}/add/").status_code == 403


def test_what_is_old_is_forgotten(alice: User, settings: Settings) -> None:
    settings.AUDIT_DAYS = 30
    old, new = (Event.objects.create(what="signed_in", name=alice.email) for _ in range(2))
    Event.objects.filter(pk=old.pk).update(when=timezone.now() - timedelta(days=31))
    tidy()
    assert list(Event.objects.all()) == [new]


def test_for_ever_is_a_choice(alice: User, settings: Settings) -> None:
    settings.AUDIT_DAYS = 0
    Event.objects.create(what="signed_in", name=alice.email)
    Event.objects.update(when=timezone.now() - timedelta(days=9999))
    forget_the_old()
    assert Event.objects.exists()
