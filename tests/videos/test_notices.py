"""Mail when conversions end: to whoever wants it, once, together, and never about what was before."""

from datetime import timedelta
from smtplib import SMTPException

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.conftest import JobMaker
from videos import jobs, notices
from videos.models import Upscale, Video


@pytest.fixture(autouse=True)
def mail_is_set_up(settings: Settings) -> Settings:
    settings.EMAIL_URL, settings.SITE_NAME, settings.SITE_URL = (
        "smtp://localhost",
        "Upscaler",
        "https://vsr.example.org",
    )
    return settings


@pytest.fixture
def alice(alice: User) -> User:
    alice.mail_when_done = True
    alice.save()
    return alice


def ended(owner: User, job_of: JobMaker, state: str = "done", minutes: int = 1, **fields: object) -> Upscale:
    return job_of(owner, state=state, finished=timezone.now() - timedelta(minutes=minutes), **fields)


def test_an_end_is_told_once_with_a_link(alice: User, job_of: JobMaker) -> None:
    job = ended(alice, job_of)
    notices.send()
    notices.send()
    (message,) = mail.outbox
    assert message.subject == "[Upscaler] clip.mp4 ×2 is done" and message.to == ["alice@example.org"]
    assert f"https://vsr.example.org/videos/{job.video_id}/#job-{job.pk}" in message.body
    assert "https://vsr.example.org/accounts/" in message.body


def test_a_failure_is_told_with_its_reason_and_quotes_as_they_are(alice: User, job_of: JobMaker) -> None:
    job = ended(alice, job_of, "failed", reason="No memory; try a smaller scale.")
    Video.objects.filter(pk=job.video_id).update(name="Tom & Ann's.mp4")
    notices.send()
    (message,) = mail.outbox
    assert message.subject == "[Upscaler] Tom & Ann's.mp4 ×2 has failed"
    assert "Tom & Ann's.mp4 could not be enlarged ×2: No memory; try a smaller scale." in message.body


def test_everybody_is_told_in_their_own_language(alice: User, job_of: JobMaker) -> None:
    User.objects.filter(pk=alice.pk).update(language="ko")
    ended(alice, job_of, "failed", reason="It took longer than the server allows; try a shorter video.")
    notices.send()
    (message,) = mail.outbox
    assert message.subject == "[Upscaler] clip.mp4 ×2 변환에 실패했어요"
    assert "서버가 허용하는 것보다 오래 걸렸어요. 더 짧은 동영상으로 시도해 주세요." in message.body


def test_ends_are_told_together_when_nothing_is_in_work_any_more(alice: User, job_of: JobMaker) -> None:
    ended(alice, job_of)
    ended(alice, job_of, "failed")
    last = job_of(alice, state="running")
    notices.send()
    assert mail.outbox == []
    Upscale.objects.filter(pk=last.pk).update(state="done", finished=timezone.now())
    notices.send()
    (message,) = mail.outbox
    assert message.subject == "[Upscaler] 2 conversions are done, 1 failed"


def test_in_a_long_queue_the_first_waits_an_hour_at_most(alice: User, job_of: JobMaker) -> None:
    ended(alice, job_of, minutes=61)
    ended(alice, job_of)
    job_of(alice, state="running")
    notices.send()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("fields", [{"state": "cancelled"}, {"sample": True}, {"state": "running"}])
def test_what_is_no_end_is_not_told(alice: User, job_of: JobMaker, fields: dict[str, object]) -> None:
    ended(alice, job_of, **fields)
    notices.send()
    assert mail.outbox == []


def test_whoever_has_not_asked_is_not_told_and_nothing_from_before_is(alice: User, job_of: JobMaker) -> None:
    User.objects.update(mail_when_done=False)
    ended(alice, job_of)
    notices.send()
    User.objects.update(mail_when_done=True)
    notices.send()
    assert mail.outbox == []


def test_without_mail_nothing_is_kept_to_be_told(alice: User, job_of: JobMaker, mail_is_set_up: Settings) -> None:
    mail_is_set_up.EMAIL_URL = ""
    ended(alice, job_of)
    notices.send()
    assert mail.outbox == [] and not notices.untold().exists()


def test_what_is_tried_again_ends_again(alice: User, job_of: JobMaker, calls: list[str]) -> None:
    job = ended(alice, job_of, "failed")
    notices.send()
    jobs.retry(job)
    Upscale.objects.update(state="done", finished=timezone.now())
    notices.send()
    assert [message.subject.rpartition(" ")[2] for message in mail.outbox] == ["failed", "done"]


@pytest.mark.parametrize("trouble", [SMTPException("full"), ConnectionRefusedError()])
def test_a_mail_that_cannot_be_sent_is_sent_by_a_later_sweep(
    alice: User, job_of: JobMaker, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def refuse(*message: object) -> int:
        raise trouble

    ended(alice, job_of)
    with monkeypatch.context() as server:
        server.setattr(EmailBackend, "send_messages", refuse)
        notices.send()
    assert mail.outbox == []
    notices.send()
    assert len(mail.outbox) == 1


def test_the_account_page_asks_where_mail_is_set_up(client: Client, alice: User, mail_is_set_up: Settings) -> None:
    client.force_login(alice)
    assert 'name="mail_when_done"' in client.get("/accounts/").content.decode()
    client.post("/accounts/notices/", {})
    alice.refresh_from_db()
    assert not alice.mail_when_done
    client.post("/accounts/notices/", {"mail_when_done": "on"})
    alice.refresh_from_db()
    assert alice.mail_when_done
    mail_is_set_up.EMAIL_URL = ""
    assert 'name="mail_when_done"' not in client.get("/accounts/").content.decode()
