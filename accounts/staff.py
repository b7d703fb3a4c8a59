"""With STAFF_NEEDS_MFA the admin opens only to people who have a second factor."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class StaffNeedsMfa:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        match = request.resolver_match
        in_admin = match is not None and match.app_name == "admin"
        if not (settings.STAFF_NEEDS_MFA and in_admin and request.user.is_authenticated):
            return None
        if is_mfa_enabled(request.user, FACTORS):
            return None
        messages.warning(request, _("The admin needs a second factor here: set one up, then come back."))
        return redirect("mfa_index")
