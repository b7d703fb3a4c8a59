"""Who may do what: every address of the site, asked by everybody in every way.

Below each address in TABLE stand people who get the same answers, and those answers: a status, `in` for "sign in
first", `re` for "this page is old, load it again". Every address of the site must be there; a test that finds other
answers prints them as rows. The admin is one group, tested below.

    owner    owns the video, the result and the upload that the address names
    full     is the owner, with nothing left of the quota
    other    owns nothing of it
    staff    looks after the site, and owns nothing of it
    blocked  is the owner, with the session of the time before the account was blocked

Two more come without an account. Where no row names them, they get what anonymous gets.

    share-link    has a link to the result, and has given its password; the others know the link without the password
    expired-link  has given the password of a link that is over
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.cookies import SimpleCookie
from itertools import product
from typing import Any

import numpy as np
import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.admindocs.views import simplify_regex
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from accounts.models import Invitation, User
from api import tokens
from api.models import Scope, Webhook
from duf.media import Index
from tests.accounts.passkeys import passkey_of
from tests.videos.test_views import CLIP, RECEIPT
from videos import limits, own_presets, shares
from videos.models import Upscale, Video
from videos.views.visiting import OPENED

PEOPLE = ("anonymous", "blocked", "owner", "full", "other", "staff", "share-link", "expired-link")
LINKS = ("share-link", "expired-link")

# How each column asks: a method and headers.
TUNNEL = {"X-HTTP-Method-Override": "DELETE"}
ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "GET": ("GET", {}),
    "Range": ("GET", {"Range": "bytes=0-1"}),
    "HEAD": ("HEAD", {}),
    "OPTIONS": ("OPTIONS", {}),
    "POST": ("POST", {}),
    "tunnel": ("POST", TUNNEL),  # as tus clients send DELETE where only GET and POST get through
    "PUT": ("PUT", {}),
    "PATCH": ("PATCH", {}),
    "DELETE": ("DELETE", {}),
}

ELSEWHERE = "198.51.100.7"  # some addresses answer this machine alone
UNSAFE = ("POST", "tunnel", "PUT", "PATCH", "DELETE")

Ask = Callable[..., Any]

TABLE = """
                                            GET     Range   HEAD    OPTIONS POST    tunnel  PUT     PATCH   DELETE
/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     405     405     405     405     405     405
/videos/<uuid:pk>/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/videos/<uuid:pk>/card/
  anonymous blocked                         re      re      re      405     405     405     405     405     405
  owner full                                200     200     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/videos/<uuid:pk>/convert/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner                                     405     405     405     405     302     302     405     405     405
  full                                      405     405     405     405     422     422     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/videos/<uuid:pk>/delete/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     405     405     302     302     405     405     405
  other staff                               404     404     405     405     404     404     405     405     405
/videos/<uuid:pk>/tags/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/videos/<uuid:pk>/wish/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     204     204     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/videos/<uuid:pk>/keep/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/videos/<uuid:pk>/original/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     206     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/videos/<uuid:pk>/poster/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     206     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/videos/<uuid:pk>/form/
  anonymous blocked                         re      re      re      405     405     405     405     405     405
  owner full                                200     200     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/videos/<uuid:pk>/preset/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     200     200     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/presets/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     405     405     405     405     405     405
/presets/<int:pk>/delete/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/videos/<uuid:pk>/quote/
  anonymous blocked                         re      re      405     405     re      re      405     405     405
  owner full                                200     200     405     405     200     200     405     405     405
  other staff                               404     404     405     405     404     404     405     405     405
/videos/<uuid:pk>/compare/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     405     405     200     200     405     405     405
  other staff                               404     404     405     405     404     404     405     405     405
/videos/<uuid:pk>/samples/
  anonymous blocked                         re      re      re      405     405     405     405     405     405
  owner full                                200     200     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/videos/<uuid:pk>/filmstrip/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     206     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/videos/<uuid:pk>/frames/<int:start>-<int:stop>/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     206     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/results/<uuid:pk>/
  anonymous blocked                         re      re      re      405     405     405     405     405     405
  owner full                                200     200     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/results/<uuid:pk>/finished/
  anonymous blocked other staff             404     404     404     405     405     405     405     405     405
  owner full                                200     200     200     405     405     405     405     405     405
/results/<uuid:pk>/segments/<int:number>/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    404     404     404     405     405     405     405     405     405
/results/<uuid:pk>/still-<str:which>/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     206     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/results/<uuid:pk>/cancel/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/results/<uuid:pk>/move/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/results/<uuid:pk>/pause/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/results/<uuid:pk>/resume/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/results/<uuid:pk>/retry/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/results/<uuid:pk>/keep/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/results/<uuid:pk>/delete/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     405     405     302     302     405     405     405
  other staff                               404     404     405     405     404     404     405     405     405
/results/<uuid:pk>/play/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     206     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/results/<uuid:pk>/download/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     206     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/listed/
  anonymous blocked                         re      re      re      405     405     405     405     405     405
  owner full other staff                    200     200     200     405     405     405     405     405     405
/listed/tag/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    405     405     405     405     302     302     405     405     405
/listed/convert/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    405     405     405     405     302     302     405     405     405
/listed/results.zip
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     405     405     405     405     405     405
  other staff                               404     404     404     405     405     405     405     405     405
/listed/pause/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    405     405     405     405     302     302     405     405     405
/listed/resume/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    405     405     405     405     302     302     405     405     405
/listed/retry/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    405     405     405     405     302     302     405     405     405
/queue/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     405     405     405     405     405     405
/queue/turns/
  anonymous blocked                         re      re      re      405     405     405     405     405     405
  owner full other staff                    200     200     200     405     405     405     405     405     405
/results/<uuid:pk>/share/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     405     405     200     200     405     405     405
  other staff                               404     404     405     405     404     404     405     405     405
/keep/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    405     405     405     405     302     302     405     405     405
/links/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     405     405     405     405     405     405
/links/<int:pk>/revoke/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/shared/<str:token>/
  share-link owner full                     200     200     200     405     200     200     405     405     405
  anonymous other staff                     403     403     403     405     403     403     405     405     405
  expired-link blocked                      404     404     404     405     404     404     405     405     405
/shared/<str:token>/poster/
  share-link owner full                     200     206     200     405     405     405     405     405     405
  anonymous other staff                     403     403     403     405     405     405     405     405     405
  expired-link blocked                      404     404     404     405     405     405     405     405     405
/shared/<str:token>/play/
  share-link owner full                     200     206     200     405     405     405     405     405     405
  anonymous other staff                     403     403     403     405     405     405     405     405     405
  expired-link blocked                      404     404     404     405     405     405     405     405     405
/shared/<str:token>/original/
  share-link owner full                     200     206     200     405     405     405     405     405     405
  anonymous other staff                     403     403     403     405     405     405     405     405     405
  expired-link blocked                      404     404     404     405     405     405     405     405     405
/shared/<str:token>/download/
  share-link owner full                     200     206     200     405     405     405     405     405     405
  anonymous other staff                     403     403     403     405     405     405     405     405     405
  expired-link blocked                      404     404     404     405     405     405     405     405     405
/try/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner other staff                         405     405     405     405     302     302     405     405     405
  full                                      405     405     405     405     413     413     405     405     405
/upload/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner other staff                         405     405     405     405     302     302     405     405     405
  full                                      405     405     405     405     413     413     405     405     405
/uploads/
  anonymous blocked                         401     401     401     204     401     401     401     401     401
  owner other staff                         405     405     405     204     201     201     405     405     405
  full                                      405     405     405     204     413     413     405     405     405
/uploads/<uuid:pk>/
  anonymous blocked                         401     401     401     204     401     401     401     401     401
  owner full                                405     405     200     204     405     204     405     204     204
  other staff                               404     404     404     204     404     404     404     404     404
/accounts/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     405     405     405     405     405     405
/accounts/language/
  anonymous blocked owner full other staff  405     405     405     405     302     302     405     405     405
/accounts/notices/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    405     405     405     405     404     404     405     405     405
/accounts/delete/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     405     405     in      in      405     405     405
  other staff                               200     200     405     405     200     200     405     405     405
/accounts/invitation/<str:token>/
  anonymous blocked owner full other staff  302     302     302     405     405     405     405     405     405
/accounts/beginning/
  anonymous blocked owner full other staff  302     302     405     405     302     302     405     405     405
/accounts/password/reset/
  anonymous blocked owner full other staff  200     200     200     200     200     200     200     200     200
/accounts/email/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     200     200     200     200     200     200
/accounts/login/
  anonymous blocked                         200     200     200     200     200     200     200     405     405
  owner full other staff                    302     302     302     302     302     302     302     302     302
/accounts/logout/
  anonymous blocked                         302     302     302     200     302     302     405     405     405
  owner full other staff                    200     200     200     200     302     302     405     405     405
/accounts/inactive/
  anonymous blocked owner full other staff  200     200     200     200     405     405     405     405     405
/accounts/signup/
  anonymous blocked                         200     200     200     200     200     200     200     405     405
  owner full other staff                    302     302     302     302     302     302     302     302     302
/accounts/reauthenticate/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     200     200     200     200     405     405
/accounts/confirm-email/
  anonymous blocked owner full other staff  200     200     200     200     405     405     405     405     405
/accounts/password/change/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     200     200     200     200     405     405
/accounts/password/set/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    302     302     302     302     302     302     302     302     302
/accounts/login/code/confirm/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    302     302     302     302     302     302     302     302     302
/accounts/confirm-email/<key>/
  anonymous blocked owner full other staff  200     200     200     200     404     404     405     405     405
/accounts/password/reset/key/done/
  anonymous blocked owner full other staff  200     200     200     200     405     405     405     405     405
/accounts/password/reset/key/<uidb36>-<key>/
  anonymous blocked owner full other staff  200     200     200     200     200     200     200     200     200
/accounts/password/reset/done/
  anonymous blocked owner full other staff  200     200     200     200     405     405     405     405     405
/accounts/second-factor/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     200     405     405     405     405     405
/accounts/second-factor/authenticate/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    302     302     302     302     302     302     302     302     302
/accounts/second-factor/reauthenticate/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     200     200     200     200     405     405
  other staff                               302     302     302     302     302     302     302     302     302
/accounts/second-factor/totp/activate/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                302     302     302     302     302     302     302     302     302
  other staff                               200     200     200     200     200     200     200     405     405
/accounts/second-factor/totp/deactivate/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     200     302     302     302     405     405
  other staff                               404     404     404     404     404     404     404     404     404
/accounts/second-factor/recovery-codes/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     200     405     405     405     405     405
  other staff                               404     404     404     200     405     405     405     405     405
/accounts/second-factor/recovery-codes/generate/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     200     302     302     302     405     405
  other staff                               200     200     200     200     200     200     200     405     405
/accounts/second-factor/recovery-codes/download/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     200     405     405     405     405     405
  other staff                               404     404     404     404     404     404     404     404     404
/accounts/second-factor/webauthn/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     200     405     405     405     405     405
/accounts/second-factor/webauthn/add/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     200     200     200     200     405     405
/accounts/second-factor/webauthn/reauthenticate/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     200     in      in      in      405     405
  other staff                               302     302     302     302     302     302     302     302     302
/accounts/second-factor/webauthn/keys/<int:pk>/remove/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     200     302     302     405     405     302
  other staff                               404     404     404     200     404     404     405     405     404
/accounts/second-factor/webauthn/keys/<int:pk>/edit/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                200     200     200     200     200     200     200     405     405
  other staff                               404     404     404     200     404     404     404     405     405
/accounts/second-factor/webauthn/login/
  anonymous blocked                         in      in      in      200     in      in      in      405     405
  owner full other staff                    302     302     302     302     302     302     302     302     302
/accounts/connections/login/cancelled/
  anonymous blocked owner full other staff  200     200     200     200     405     405     405     405     405
/accounts/connections/login/error/
  anonymous blocked owner full other staff  401     401     401     200     405     405     405     405     405
/accounts/connections/signup/
  anonymous blocked owner full other staff  in      in      in      in      in      in      in      in      in
/accounts/connections/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     200     200     200     200     200     405     405
/accounts/oidc/<provider_id>/login/
  anonymous blocked owner full other staff  404     404     404     404     404     404     404     404     404
/accounts/oidc/<provider_id>/login/callback/
  anonymous blocked owner full other staff  404     404     404     404     404     404     404     404     404
/healthz
  anonymous blocked owner full other staff  200     200     200     405     405     405     405     405     405
/metrics
  anonymous blocked owner full other staff  404     404     404     405     405     405     405     405     405
/readyz
  anonymous blocked owner full other staff  200     200     200     405     405     405     405     405     405
/accounts/tokens/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     405     405     200     200     405     405     405
/accounts/tokens/<int:pk>/revoke/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/accounts/webhooks/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    200     200     405     405     200     200     405     405     405
/accounts/webhooks/<int:pk>/remove/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full                                405     405     405     405     302     302     405     405     405
  other staff                               405     405     405     405     404     404     405     405     405
/accounts/webhooks/secret/
  anonymous blocked                         in      in      in      in      in      in      in      in      in
  owner full other staff                    405     405     405     405     302     302     405     405     405
/api/
  anonymous blocked owner full other staff  200     200     200     405     405     405     405     405     405
/api/v1/
  anonymous blocked owner full other staff  404     404     404     404     404     404     404     404     404
/api/v1/openapi.json
  anonymous blocked owner full other staff  200     200     200     200     200     200     200     200     200
/api/v1/videos
  anonymous blocked owner full other staff  401     401     405     405     405     405     405     405     405
/api/v1/videos/<uuidstr:id>
  anonymous blocked owner full other staff  401     401     405     405     405     405     405     405     401
/api/v1/videos/<uuidstr:id>/original
  anonymous blocked owner full other staff  401     401     401     405     405     405     405     405     405
/api/v1/upscales
  anonymous blocked owner full other staff  401     401     405     405     401     401     405     405     405
/api/v1/upscales/<uuidstr:id>
  anonymous blocked owner full other staff  401     401     405     405     405     405     405     405     401
/api/v1/upscales/<uuidstr:id>/cancel
  anonymous blocked owner full other staff  405     405     405     405     401     401     405     405     405
/api/v1/upscales/<uuidstr:id>/pause
  anonymous blocked owner full other staff  405     405     405     405     401     401     405     405     405
/api/v1/upscales/<uuidstr:id>/resume
  anonymous blocked owner full other staff  405     405     405     405     401     401     405     405     405
/api/v1/upscales/<uuidstr:id>/retry
  anonymous blocked owner full other staff  405     405     405     405     401     401     405     405     405
/api/v1/upscales/<uuidstr:id>/download
  anonymous blocked owner full other staff  401     401     401     405     405     405     405     405     405
/api/v1/models
  anonymous blocked owner full other staff  401     401     405     405     405     405     405     405     405
/api/v1/account
  anonymous blocked owner full other staff  401     401     405     405     405     405     405     405     405
"""

TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Offset": "0"}
BYTES = "application/offset+octet-stream"
PASSWORD = "alice's password"
FORMS: dict[str, dict[str, Any]] = {
    "/results/<uuid:pk>/share/": {"days": "7"},
    "/videos/<uuid:pk>/convert/": {"scale": "2", "model": "bicubic"},
    "/videos/<uuid:pk>/preset/": {"scale": "2", "model": "bicubic"},
    "/accounts/delete/": {"password": PASSWORD},
    "/accounts/password/reset/": {"email": "alice@example.org"},
}
INLINE = re.compile(
    rb"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


def addresses(within: URLResolver, before: str = "") -> Iterator[str]:
    """Every address that the site answers, as its patterns spell it."""
    for pattern in within.url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield simplify_regex(here)
        else:
            yield from addresses(pattern, here)


ADDRESSES = list(dict.fromkeys(addresses(get_resolver())))
ADMIN = [address for address in ADDRESSES if address.startswith("/admin/")]


def rows() -> dict[str, dict[str, list[str]]]:
    """Address -> person -> answers in the order of ASKED."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in TABLE.splitlines():
        words = line.split()
        if line.startswith("/"):
            found[line] = {}
        elif people := [word for word in words if word in PEOPLE]:
            found[list(found)[-1]] |= dict.fromkeys(people, words[len(people) :])
    for answers in found.values():
        for person in LINKS:
            answers.setdefault(person, answers.get("anonymous", []))
    return found


def spelled(address: str, got: dict[str, list[str]]) -> str:
    """Answers as rows of the table."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for person, words in got.items():
        alike.setdefault(tuple(words), []).append(person)
    lines = [f"  {' '.join(people):42}" + "".join(f"{word:8}" for word in words) for words, people in alike.items()]
    return "\n".join([address, *(line.rstrip() for line in lines)])


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
    owned |= {"/links/": str(link.pk), "/admin/videos/share/": str(link.pk)}
    clients = {strict: Client(enforce_csrf_checks=strict, REMOTE_ADDR=ELSEWHERE) for strict in (False, True)}

    def answer(address: str, person: str, how: str, strict: bool = False) -> Any:
        with transaction.atomic():
            make_files()
            if person == "blocked":
                User.objects.filter(pk=alice.pk).update(is_active=False)
            if person == "full":
                User.objects.filter(pk=alice.pk).update(max_stored_bytes=0)
            parts = owned | {"/shared/": shared["expired-link" if person == "expired-link" else "share-link"]}
            response = send(clients[strict], sessions[person], address, how, parts)
            if response.streaming:
                list(response)  # which closes the file
            transaction.set_rollback(True)
        return response

    return answer


def make_files() -> None:
    for video in Video.objects.all():
        video.folder.mkdir(exist_ok=True)
        video.source.write_bytes(b"film" if video.state == "ready" else b"")
        for picture in (video.poster, video.filmstrip, video.stretch(0, 0)):
            picture.write_bytes(b"picture")
    for result in Upscale.objects.all():
        result.folder.mkdir(exist_ok=True)
        (result.folder / "r.mp4").write_bytes(b"film")
        for picture in result.stills:
            picture.write_bytes(b"picture")


def send(client: Client, session: str, address: str, how: str, owned: dict[str, str]) -> Any:
    method, headers = ASKED[how]
    path = filled(address, owned)
    client.cookies = SimpleCookie({"sessionid": session} if session else {})
    if address.startswith("/uploads/"):
        return client.generic(method, path, b"film" if method != "GET" else b"", BYTES, headers=TUS | headers)
    if method == "POST":
        file = {"file": SimpleUploadedFile("a.mp4", b"film")} if address == "/upload/" else {}
        return client.post(path, FORMS.get(address, {}) | file, headers=headers)
    return getattr(client, method.lower())(path, headers=headers)


def filled(address: str, owned: dict[str, str]) -> str:
    """The address with its parts in: the owner's where it has an owner, else any."""
    key = next((key for start, key in owned.items() if address.startswith(start)), "1")
    return re.sub(r"<[^>]+>", key, re.sub(r"<int:(start|stop|number)>", "0", address))


def word(response: Any) -> str:
    """The answer as the table spells it."""
    if response.headers.get("HX-Refresh"):
        return "re"
    if response.status_code == 302 and response["Location"].startswith(("/accounts/login/", "/admin/login/")):
        return "in"
    return str(response.status_code)


def test_every_address_has_a_row_for_everybody() -> None:
    outside = [address for address in ADDRESSES if address not in ADMIN]
    missing = [what for what in product(outside, PEOPLE) if what[1] not in rows().get(what[0], {})]
    assert not missing, "new addresses need rows in TABLE"
    assert set(rows()) <= set(ADDRESSES), "addresses that are gone"


@pytest.mark.parametrize("address", rows())
def test_everybody_gets_what_the_table_says(ask: Ask, address: str) -> None:
    got = {person: [word(ask(address, person, how)) for how in ASKED] for person in PEOPLE}
    assert got == rows()[address], f"it is now\n{spelled(address, got)}"


def test_nothing_is_done_for_a_page_of_another_site(ask: Ask) -> None:
    asked = [*product(rows(), ("owner",), UNSAFE), *product(ADMIN, ("staff",), ("POST",))]
    done = [what for what in asked if ask(*what, strict=True).status_code < 400]
    assert not done


def test_no_page_has_a_script_or_a_style_in_it(ask: Ask) -> None:
    for address, person in [*product(rows(), ("anonymous", "owner")), *product(ADMIN, ("staff",))]:
        page = ask(address, person, "GET")
        policy = page.headers["Content-Security-Policy"]
        assert ("script-src 'self'" in policy or "sandbox" in policy) and "unsafe" not in policy, address
        if page.headers.get("Content-Type", "").startswith("text/html"):
            assert not INLINE.findall(page.content), address


def test_the_admin_is_for_staff_alone(ask: Ask) -> None:
    asked = product(ADMIN, ("anonymous", "owner"), ("GET", "POST"))
    let_in = [what for what in asked if word(ask(*what)) not in {"in", "403"}]
    assert {address for address, *_ in let_in} == {"/admin/logout/", "/admin/password_change/"}


def test_staff_without_rights_sees_nothing_of_others(ask: Ask, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    for address in ADMIN:
        page = ask(address, "other", "GET").content.decode()
        assert "a.mp4" not in page and "alice@" not in page, address


def test_files_are_sent_to_keep_and_as_what_we_say_they_are(ask: Ask, alice: User) -> None:
    Video.objects.update(name="page.html")
    original = ask("/videos/<uuid:pk>/original/", "owner", "GET")
    assert original["Content-Type"] == "application/octet-stream"
    assert original["Content-Disposition"] == 'attachment; filename="page.html"'
    result = ask("/results/<uuid:pk>/download/", "owner", "GET")
    assert result["Content-Type"] == "video/mp4"
    assert result["Content-Disposition"].startswith("attachment; ")
    for answer in (original, result):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
