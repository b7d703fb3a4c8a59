"""Who asks: `Authorization: Bearer TOKEN` signs in, for what the token's scopes allow."""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja.security.http import HttpAuthBase

from api import limits, problems, tokens
from api.models import Scope, Token
from api.problems import Problem

UPLOADS = {"videos:uploads", "videos:upload"}


class Bearer(HttpAuthBase):
    """An operation of the API takes tokens with this scope, so many requests a minute."""

    openapi_scheme = "bearer"

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Token:
        token = sign_in(request, self.scope)
        rate = limits.count(token)
        request.rate = rate  # type: ignore[attr-defined]
        if rate.exceeded:
            sentence = _("That were more than %(limit)d requests within a minute; go on in %(seconds)d seconds.")
            raise Problem(
                429,
                sentence % {"limit": rate.limit, "seconds": rate.seconds_left},
                Retry_After=str(rate.seconds_left),
            )
        return token


class TokenUploads:
    """Middleware: the addresses of uploads take a token, too. A request with one needs no proof of our own pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        route = request.resolver_match
        if not route or route.view_name not in UPLOADS or "Authorization" not in request.headers:
            return None
        try:
            token = sign_in(request, Scope.UPLOAD)
        except Problem as problem:
            return problems.respond(problem)
        request.csrf_processing_done = True  # type: ignore[attr-defined]
        request.still_allowed = partial(tokens.still_holds, token)  # type: ignore[attr-defined]
        return None


def sign_in(request: HttpRequest, scope: Scope) -> Token:
    """Make the token's owner the request's user. Raises `Problem` if there is no token that may do this."""
    kind, _space, shown = request.headers.get("Authorization", "").partition(" ")
    token = tokens.find(shown.strip()) if kind.lower() == "bearer" else None
    if token is None:
        sentence = _("Send a token that holds as “Authorization: Bearer TOKEN”; you make one on your account page.")
        raise Problem(401, sentence, WWW_Authenticate='Bearer realm="api"')
    if scope not in token.scopes:
        sentence = _(
            "This token may not do that: it lacks the scope “%(scope)s”. Make one with it on your account page."
        )
        raise Problem(403, sentence % {"scope": scope.value})
    token.touch()
    request.user = token.owner
    return token
