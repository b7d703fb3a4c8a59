"""Telling other servers that conversions ended. Rows are the truth: what ended and has no delivery yet gets one.

Every minute the light cluster looks. A delivery is taken by one conditional UPDATE that puts off its next attempt,
so two clusters do not send it twice, and one that died in the middle is followed by that attempt: a message comes at
least once, and always under the same id.
"""

import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import httpcore
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from api import network, signing
from api.models import Delivery, Webhook
from api.schemas import upscale_out
from videos.models import Upscale

MOST = 10  # addresses for all conversions that one person may have
AT_ONCE = 8  # requests, so that servers that never answer do not hold up the others for long
EACH_TIME = 80  # deliveries
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 600)]  # after each failed attempt
LOOK_BACK = timedelta(days=7)  # conversions that ended longer ago are told to nobody
KEPT = timedelta(days=30)  # deliveries, for their owner to look at

State = Upscale.State
EVENTS = {State.DONE: "upscale.done", State.FAILED: "upscale.failed", State.CANCELLED: "upscale.cancelled"}


def add(owner: User, url: str, upscale: Upscale | None = None) -> Webhook:
    """Tell this address when conversions end. Raises `network.Refused`."""
    network.check(url)
    if upscale is None and owner.webhooks.filter(upscale=None).count() >= MOST:
        raise network.Refused(_("You have %(most)d addresses already; remove one first.") % {"most": MOST})
    return Webhook.objects.create(owner=owner, url=url, upscale=upscale)


def run() -> None:
    """What the schedule calls: write down what is to be told, tell what is due, forget what is old."""
    announce()
    deliver()
    Delivery.objects.filter(created__lt=timezone.now() - KEPT).delete()


def announce() -> None:
    """A delivery for every end that an address has not been told of."""
    since = timezone.now() - LOOK_BACK
    lately = Q(upscale=None) | Q(upscale__finished__gte=since)
    for webhook in Webhook.objects.filter(lately, owner__is_active=True).select_related("owner"):
        untold = _untold(webhook, max(webhook.created, since))
        Delivery.objects.bulk_create((_delivery(webhook, upscale) for upscale in untold), ignore_conflicts=True)


def deliver() -> None:
    """Send what is due, several at once. Only this thread writes rows."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING).select_related("webhook__owner")
    due = waiting.filter(due__lte=timezone.now()).order_by("due")[:EACH_TIME]
    taken = [delivery for delivery in due if _take(delivery)]
    requests = [_request(delivery) for delivery in taken]  # made here: threads would need connections of their own
    silent: set[str] = set()  # addresses that did not answer this time; nobody waits for them twice
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for delivery, (arrived, answer) in zip(taken, pool.map(partial(_call, silent), requests), strict=True):
            _note(delivery, arrived, answer)


def _untold(webhook: Webhook, since: datetime) -> Iterable[Upscale]:
    """Times are compared here, for SQLite keeps those that it made itself in another form."""
    told = Delivery.objects.filter(webhook=webhook, ended__gte=since).values_list("upscale", "ended")
    whole = Upscale.objects.filter(video__owner=webhook.owner, sample=False)
    ended = whole.filter(state__in=EVENTS, finished__gte=since)
    if webhook.upscale_id:
        ended = ended.filter(pk=webhook.upscale_id)
    untold = set(ended.values_list("pk", "finished")) - set(told)
    return Upscale.objects.filter(pk__in=[pk for pk, _finished in untold]).select_related("video")


def _delivery(webhook: Webhook, upscale: Upscale) -> Delivery:
    event = EVENTS[State(upscale.state)]
    assert upscale.finished is not None
    data = upscale_out(upscale).model_dump(mode="json")
    payload = {"type": event, "timestamp": upscale.finished.isoformat(), "data": data}
    return Delivery(webhook=webhook, upscale=upscale, ended=upscale.finished, event=event, payload=payload)


def _take(delivery: Delivery) -> bool:
    """Ours, unless another cluster was quicker; the attempt counts from now, so that deaths count too."""
    wait = WAITS[min(delivery.attempts, len(WAITS) - 1)]
    still = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING, attempts=delivery.attempts)
    taken = still.update(attempts=F("attempts") + 1, due=timezone.now() + wait)
    delivery.attempts += taken
    return bool(taken)


class Request(NamedTuple):
    """What sends a message when it is called; it knows no rows."""

    url: str
    send: Callable[[], int]


def _request(delivery: Delivery) -> Request:
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    url, secret = delivery.webhook.url, signing.secret_of(delivery.webhook.owner)
    headers = signing.headers(secret, str(delivery.pk), int(time.time()), body)
    return Request(url, lambda: network.post(url, body, headers))


def _call(silent: set[str], request: Request) -> tuple[bool, str]:
    """Make the request, unless its address is known to be silent: whether it arrived, and the answer in words."""
    no_answer = _("No answer within %(seconds)d seconds.") % {"seconds": network.SECONDS}
    if request.url in silent:
        return False, no_answer
    try:
        status = request.send()
    except network.Refused as refused:
        return False, str(refused)
    except httpcore.TimeoutException:
        silent.add(request.url)
        return False, no_answer
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        return False, _("The connection failed: %(error)s.") % {"error": error}
    return 200 <= status < 300, _("The server answered %(status)d.") % {"status": status}


def _note(delivery: Delivery, arrived: bool, answer: str) -> None:
    """Write down how it went. What arrived is over, and so is what failed too often."""
    state = Delivery.State.WAITING
    if arrived:
        state = Delivery.State.DELIVERED
    elif delivery.attempts > len(WAITS):
        state = Delivery.State.FAILED
    Delivery.objects.filter(pk=delivery.pk).update(state=state, answer=answer)
