"""Middleware: what every answer of the API has, whoever gave it: problem details, the rate, no copies kept."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from api import problems

ROOT = "/api/v1/"


class Envelope:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith(ROOT):
            _finish(request, response)
        return response


def _finish(request: HttpRequest, response: HttpResponseBase) -> None:
    if response.status_code >= 400 and isinstance(response, HttpResponse):
        _tell(response)
    if rate := getattr(request, "rate", None):
        for name, value in rate.headers.items():
            response[name] = value
    response.setdefault("Cache-Control", "no-store")


def _tell(response: HttpResponse) -> None:
    """Replace a page for people by problem details; its headers stay."""
    if response.get("Content-Type") == problems.CONTENT_TYPE:
        return
    status = response.status_code
    response.content = json.dumps(problems.body_of(status, problems.sentence_for(status))).encode()
    response["Content-Type"] = problems.CONTENT_TYPE
