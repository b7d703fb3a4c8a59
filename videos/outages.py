"""What somebody is told whose wish needs the store while it is away: 503, and nothing else of the site is touched."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from videos.stored import StorageError

AGAIN_SECONDS = 30


class TellsOutages:
    """Answers `StorageError` with its sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, StorageError):
            return None
        answer = render(request, "503.html", {"reason": str(exception)}, status=503)
        answer["Retry-After"] = str(AGAIN_SECONDS)
        return answer


def told_in_short(error: StorageError) -> HttpResponse:
    """The same for a program, which shows the sentence itself."""
    headers = {"Retry-After": str(AGAIN_SECONDS)}
    return HttpResponse(str(error), status=503, content_type="text/plain; charset=utf-8", headers=headers)
