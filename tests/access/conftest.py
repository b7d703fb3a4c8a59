"""The people of the table with their cookies, and what the parts of an address stand for."""

from datetime import timedelta

import numpy as np
import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import Invitation, User
from api import tokens
from api.models import Scope, Webhook
from duf.media import Index
from tests.access.asking import Ask, answering
from tests.access.table import LINKS
from tests.accounts.passkeys import passkey_of
from tests.videos.test_views import CLIP, RECEIPT
from videos import limits, own_presets, shares
from videos.models import Upscale, Video
from videos.views.visiting import OPENED


@pytest.fixture(autouse=True)
def as_often_as_the_table_asks_and_for_as_long(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINKS", 10_000)
    settings.STALL_SECONDS = 24 * 3600  # no cluster runs here, and the table is long
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False


@pytest.fixture
def people(alice: User, bob: User, admin: User) -> dict[str, User]:
    return {"owner": alice, "full": alice, "blocked": alice, "other": bob, "staff": admin}


@pytest.fixture
def shared(owned: dict[str, str]) -> dict[str, str]:
    """The last part of a link to the owner's result that holds, and of one that is over."""
    result = Upscale.objects.get(pk=owned["/results/"])
    lives = {"share-link": timedelta(days=1), "expired-link": -timedelta(seconds=1)}
    return {person: shares.make(result, life, "open", True, True)[1] for person, life in lives.items()}


@pytest.fixture
def sessions(people: dict[str, User], shared: dict[str, str]) -> dict[str, str]:
    """Everybody's cookie, just signed in."""
    found = {"anonymous": ""}
    for person, user in people.items():
        client = Client()
        client.force_login(user)
        session = client.session
        request = RequestFactory().get("/")
        request.session = session
        record_authentication(request, user, "password", reauthenticated=True)
        session.save()
        found[person] = client.cookies["sessionid"].value
    return found | {person: opened_by(shared[person]) for person in LINKS}


def opened_by(token: str) -> str:
    """The cookie of somebody who has given the password of a link."""
    share = shares.Share.objects.get(key=token[: shares.KEY])
    session = SessionStore()
    session[OPENED] = [share.pk]
    session.save()
    return str(session.session_key)


@pytest.fixture
def owned(alice: User) -> dict[str, str]:
    """What the parts of an address stand for: rows of the owner's, by the beginning of the address."""
    video = Video.objects.create(
        owner=alice, name="a.mp4", size=4, offset=4, state="ready", facts=CLIP.to_json(), frames=312
    )
    result = Upscale.objects.create(
        video=video,
        model="bicubic",
        scale=2,
        frames=312,
        state="done",
        file="r.mp4",
        container="mp4",
        size=4,
        receipt=RECEIPT,
    )
    video.folder.mkdir()
    Index(np.arange(312), np.ones(312, int), np.zeros(312, np.uint32), np.zeros(312, bool)).save(video.index)
    upload = Video.objects.create(owner=alice, name="b.mp4", size=4)
    TOTP.activate(alice, "secret")
    RecoveryCodes.activate(alice)
    key = passkey_of(alice)
    token, _ = tokens.make(alice, "script", list(Scope), timedelta(days=1))
    webhook = Webhook.objects.create(owner=alice, url="https://hook.example/")
    choices = {"scale": 2, "model": "bicubic", "codec": "h264", "quality": "best", "container": "auto"}
    preset = own_presets.save(alice, "Mine", choices)
    return {
        "/videos/": str(video.pk),
        "/results/": str(result.pk),
        "/presets/": str(preset.pk),
        "/uploads/": str(upload.pk),
        "/accounts/second-factor/webauthn/keys/": str(key.pk),
        "/accounts/invitation/": Invitation.objects.create().token,
        "/accounts/tokens/": str(token.pk),
        "/accounts/webhooks/": str(webhook.pk),
        "/api/v1/videos/": str(video.pk),
        "/api/v1/upscales/": str(result.pk),
        "/admin/api/token/": str(token.pk),
        "/admin/videos/video/": str(video.pk),
        "/admin/videos/upscale/": str(result.pk),
        "/admin/accounts/user/": str(alice.pk),
    }


@pytest.fixture
def ask(sessions: dict[str, str], owned: dict[str, str], shared: dict[str, str], alice: User) -> Ask:
    """One request as somebody; whatever it changes is undone."""
    link = shares.Share.objects.get(key=shared["share-link"][: shares.KEY])
    return answering(sessions, owned | {"/links/": str(link.pk), "/admin/videos/share/": str(link.pk)}, shared, alice)
