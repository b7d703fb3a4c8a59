"""Webhooks: every end of a conversion is told once, signed, again until it arrives, and to nobody inside."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import httpcore
import pytest
from django.utils import timezone
from django_q.models import Schedule
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from api import network, signing, webhooks
from api.models import Delivery, Webhook
from tests.api.conftest import Program
from videos import jobs
from videos.models import Upscale, Video

URL = "https://hook.example/vsr"


class Receiver:
    """What would be on the other side of the network."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes, Any]] = []
        self.answers: list[int | BaseException] = []

    def post(self, url: str, body: bytes, headers: Any) -> int:
        self.received.append((url, body, headers))
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    receiver = Receiver()
    monkeypatch.setattr("api.network.post", receiver.post)
    monkeypatch.setattr("api.network.check", lambda url: None)
    return receiver


@pytest.fixture
def webhook(receiver: Receiver, alice: User) -> Webhook:
    return webhooks.add(alice, URL)


@pytest.fixture
def ended(webhook: Webhook, done: Upscale) -> Upscale:
    Upscale.objects.filter(pk=done.pk).update(finished=timezone.now())
    done.refresh_from_db()
    return done


def make_due() -> None:
    Delivery.objects.update(due=timezone.now())


def test_the_schedule_looks_every_minute(db: None) -> None:
    schedule = Schedule.objects.get(name="deliver")
    assert (schedule.func, schedule.minutes) == ("api.tasks.deliver", 1)


def test_an_end_is_told_once(receiver: Receiver, ended: Upscale) -> None:
    webhooks.run()
    webhooks.run()
    assert len(receiver.received) == 1
    url, body, _ = receiver.received[0]
    message = json.loads(body)
    assert (url, message["type"], message["data"]["id"]) == (URL, "upscale.done", str(ended.pk))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.answer) == ("delivered", "The server answered 204.")


def test_the_end_of_a_conversion_that_was_told_is_not_looked_at_again(
    receiver: Receiver, webhook: Webhook, video: Video, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    jobs.cancel(jobs.convert(video, "bicubic", 2))
    webhooks.announce()
    assert Delivery.objects.count() == 1
    with django_assert_num_queries(3):
        webhooks.announce()


def test_a_blocked_person_s_addresses_are_told_nothing(receiver: Receiver, ended: Upscale, alice: User) -> None:
    User.objects.update(is_active=False)
    webhooks.run()
    assert receiver.received == []


def test_a_message_is_signed_with_its_owner_s_secret(receiver: Receiver, ended: Upscale, alice: User) -> None:
    webhooks.run()
    _, body, headers = receiver.received[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(signing.secret_of(alice).removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_is_that_of_the_standard_s_own_example() -> None:
    secret, message, timestamp = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    headers = signing.headers(secret, message, timestamp, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_renewed_secret_signs_otherwise(alice: User) -> None:
    before = signing.secret_of(alice)
    assert signing.secret_of(alice) == before
    signing.renew(alice)
    assert signing.secret_of(alice) != before


@pytest.mark.parametrize("state, event", [("failed", "upscale.failed"), ("cancelled", "upscale.cancelled")])
def test_a_bad_end_is_told_too(receiver: Receiver, ended: Upscale, state: str, event: str) -> None:
    Upscale.objects.update(state=state, reason="The disk broke.")
    webhooks.run()
    assert json.loads(receiver.received[0][1])["type"] == event


def test_a_conversion_that_is_tried_again_ends_again(receiver: Receiver, webhook: Webhook, video: Video) -> None:
    upscale = jobs.convert(video, "bicubic", 2)
    for _ in range(2):
        jobs.cancel(upscale)
        webhooks.run()
        jobs.retry(upscale)
    assert len({headers["webhook-id"] for _, _, headers in receiver.received}) == 2


def test_what_ended_before_the_address_was_given_is_not_told(receiver: Receiver, done: Upscale, alice: User) -> None:
    Upscale.objects.update(finished=timezone.now() - timedelta(seconds=1))
    webhooks.add(alice, URL)
    webhooks.run()
    assert receiver.received == []


def test_the_conversions_of_others_are_not_told(receiver: Receiver, ended: Upscale, charlie: User) -> None:
    Webhook.objects.update(owner=charlie)
    webhooks.run()
    assert receiver.received == []


def test_an_address_of_one_conversion_hears_of_that_alone(receiver: Receiver, program: Program, video: Video) -> None:
    wanted = {"video": str(video.pk), "webhook": URL}
    followed = program.ask("post", "/upscales", wanted).json()["id"]
    program.ask("post", "/upscales", wanted | {"webhook": None})
    for upscale in Upscale.objects.all():
        jobs.cancel(upscale)
    webhooks.run()
    assert [json.loads(body)["data"]["id"] for _, body, _ in receiver.received] == [followed]


def test_what_does_not_arrive_is_sent_again_under_the_same_id_ever_later(receiver: Receiver, ended: Upscale) -> None:
    receiver.answers = [500, httpcore.ReadTimeout(), 204]
    waits = []
    for _ in range(2):
        webhooks.run()
        delivery = Delivery.objects.get()
        waits.append(delivery.due - timezone.now())
        assert delivery.state == "waiting"
        webhooks.run()  # too early
        make_due()
    assert delivery.answer == "No answer within 10 seconds."
    assert waits[0] < timedelta(minutes=1.01) < waits[1]
    webhooks.run()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(receiver.received)) == ("delivered", 3, 3)
    assert len({headers["webhook-id"] for _, _, headers in receiver.received}) == 1


def test_after_a_day_of_attempts_it_is_given_up(receiver: Receiver, ended: Upscale) -> None:
    receiver.answers = [500] * 20
    for _ in range(12):
        webhooks.run()
        make_due()
    assert (Delivery.objects.get().state, len(receiver.received)) == ("failed", 8)
    assert timedelta(hours=24) < sum(webhooks.WAITS, timedelta()) < timedelta(hours=30)


def test_a_name_that_leads_inside_by_now_is_told_to_the_owner(receiver: Receiver, ended: Upscale) -> None:
    receiver.answers = [network.Refused("hook.example lies inside a private network.")]
    webhooks.run()
    assert "private network" in Delivery.objects.get().answer


def test_a_delivery_that_another_cluster_has_just_taken_is_left(receiver: Receiver, ended: Upscale) -> None:
    webhooks.announce()
    delivery = Delivery.objects.get()
    Delivery.objects.update(attempts=1)
    assert not webhooks._take(delivery)


def test_a_cluster_that_dies_while_it_sends_is_followed_by_another_attempt(receiver: Receiver, ended: Upscale) -> None:
    receiver.answers = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        webhooks.run()
    make_due()
    webhooks.run()
    assert Delivery.objects.get().state == "delivered"


def test_servers_that_never_answer_do_not_hold_up_the_others(receiver: Receiver, ended: Upscale, alice: User) -> None:
    webhooks.add(alice, "https://other.example/")
    Webhook.objects.update(created=ended.created)
    receiver.answers = [httpcore.ConnectTimeout(), 204]
    webhooks.run()
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["delivered", "waiting"]


def test_a_message_outlives_the_conversion_it_is_about(receiver: Receiver, ended: Upscale) -> None:
    receiver.answers = [500]
    webhooks.run()
    jobs.remove_upscale(ended)
    make_due()
    webhooks.run()
    assert Delivery.objects.get().state == "delivered"


def test_an_address_that_was_removed_is_told_nothing_more(receiver: Receiver, ended: Upscale) -> None:
    receiver.answers = [500]
    webhooks.run()
    Webhook.objects.all().delete()
    make_due()
    webhooks.run()
    assert len(receiver.received) == 1


def test_old_deliveries_are_forgotten(receiver: Receiver, ended: Upscale) -> None:
    webhooks.run()
    Upscale.objects.all().delete()
    Delivery.objects.update(created=timezone.now() - timedelta(days=31))
    webhooks.run()
    assert not Delivery.objects.exists()


def test_a_person_has_so_many_addresses(receiver: Receiver, webhook: Webhook, alice: User) -> None:
    for number in range(9):
        webhooks.add(alice, f"{URL}/{number}")
    with pytest.raises(network.Refused, match="remove one first"):
        webhooks.add(alice, URL)
