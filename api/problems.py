"""Errors as problem details (RFC 9457), with the sentences that the pages show."""

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from api import network
from videos import limits, quotas

CONTENT_TYPE = "application/problem+json"

SCHEMA = {
    "type": "object",
    "description": "What went wrong and what to do about it (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for the person who reads it."},
        "errors": {
            "type": "array",
            "description": "What is wrong with each field.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["field", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}


class Problem(Exception):
    """An answer other than success: its status, the sentence, and what is wrong with each field."""

    def __init__(self, status: int, sentence: str, errors: list[dict[str, str]] | None = None, **headers: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.errors = errors
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def respond(problem: Problem) -> HttpResponse:
    """The problem as an answer."""
    body = body_of(problem.status, str(problem))
    if problem.errors:
        body["errors"] = problem.errors
    return JsonResponse(body, status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers)


def body_of(status: int, sentence: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": sentence}


def sentence_for(status: int) -> str:
    """What is said where nothing better is known."""
    match status:
        case 404:
            return _("There is nothing here; check the address and the id.")
        case 405:
            return _("This address does not answer that method; the Allow header lists those it does.")
        case 416:
            return _("The file ends before the bytes you asked for; Content-Range says how long it is.")
        case 503:
            return _("The server cannot do this now; try again in a minute, and tell the administrator if it stays so.")
        case _ if status >= 500:
            return _("Something went wrong on the server; try again, and tell the administrator if it repeats.")
        case _:
            return _("The server could not understand this request; the API's documentation says what it takes.")


def install(api: NinjaAPI) -> None:
    """Have this API answer its exceptions so."""
    api.add_exception_handler(Problem, lambda request, problem: respond(problem))  # type: ignore[arg-type]
    api.add_exception_handler(quotas.Refused, _refused)
    api.add_exception_handler(network.Refused, _refused)
    api.add_exception_handler(limits.TooMany, _too_many)
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(ValidationError, _invalid)


def _refused(request: HttpRequest, refused: Any) -> HttpResponse:
    return respond(Problem(409, str(refused)))


def _too_many(request: HttpRequest, too_many: Any) -> HttpResponse:
    return respond(Problem(429, str(too_many), Retry_After=str(too_many.seconds)))


def _not_found(request: HttpRequest, error: Any) -> HttpResponse:
    return respond(Problem(404, sentence_for(404)))


def _http_error(request: HttpRequest, error: Any) -> HttpResponse:
    return respond(Problem(error.status_code, sentence_for(error.status_code)))


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    errors = [
        {"field": ".".join(str(part) for part in each["loc"][1:]) or "body", "detail": each["msg"]}
        for each in error.errors
    ]
    return respond(invalid(errors))


def invalid(errors: list[dict[str, str]]) -> Problem:
    """Fields that cannot be taken; the first is told in the sentence."""
    first = errors[0]
    return Problem(422, _("%(field)s: %(detail)s") % first, errors)
