"""Files to the browser, whole or one range at a time: players seek by asking for ranges.

From a store that browsers can reach they get them by a redirect. Behind nginx, X_ACCEL_PREFIX names an internal
location over MEDIA_ROOT and nginx does all of this itself.
"""

import re
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from videos.storage import store
from videos.stored import Stored

ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def send(
    request: HttpRequest, path: Path | None, content_type: str, name: str = "", download: bool = False
) -> HttpResponseBase:
    """The file as an answer to GET or HEAD, under the name that its owner knows."""
    stored = store().look(path) if path else None
    if path is None or stored is None:
        raise Http404("There is no such file.")
    disposition = content_disposition_header(download, name)
    address = store().address(path, content_type, disposition or "") if request.method == "GET" else ""
    if address:
        return _elsewhere(address)
    response = _accelerated(path) if settings.X_ACCEL_PREFIX else _own(request, path, stored)
    if response.status_code != 416:
        response["Content-Type"] = content_type
    if disposition:
        response["Content-Disposition"] = disposition
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _accelerated(path: Path) -> HttpResponse:
    inside = path.relative_to(settings.MEDIA_ROOT)
    return HttpResponse(headers={"X-Accel-Redirect": f"{settings.X_ACCEL_PREFIX.rstrip('/')}/{inside}"})


def _elsewhere(address: str) -> HttpResponse:
    """The answer holds for whoever asked, and not longer than the address."""
    return HttpResponse(status=302, headers={"Location": address, "Cache-Control": "private, no-store"})


def _own(request: HttpRequest, path: Path, stored: Stored) -> HttpResponseBase:
    etag, changed, size = f'"{stored.stamp}"', stored.changed, stored.size
    span = _wanted(request, size, etag, changed)
    if span is not None and span.start >= size:
        response: HttpResponseBase = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    elif span is not None:
        response = _part(request, path, span)
        response["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
    else:
        response = _part(request, path, range(size))
        response.status_code = 200
    response = get_conditional_response(request, etag, changed) or response
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    return response


def _part(request: HttpRequest, path: Path, span: range) -> HttpResponseBase:
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(status=206)
    else:
        response = StreamingHttpResponse(store().read(path, span), status=206)
    response["Content-Length"] = str(len(span))
    return response


def _wanted(request: HttpRequest, size: int, etag: str, changed: int) -> range | None:
    """The bytes asked for; None is the whole file, which is also the answer to several ranges at once."""
    asked = ONE_RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if not asked or not any(asked.groups()) or not _still_the_same(request, etag, changed):
        return None
    first, last = asked.groups()
    if not first:  # the last so many bytes
        return range(max(0, size - int(last)), size) if int(last) else range(size, size)
    stop = min(int(last) + 1, size) if last else size
    return range(int(first), stop) if int(first) < stop or int(first) >= size else None


def _still_the_same(request: HttpRequest, etag: str, changed: int) -> bool:
    """If-Range: the rest of a file is only of use to somebody who has the beginning of the same one."""
    condition = request.headers.get("If-Range")
    if condition is None:
        return True
    return condition == etag or parse_http_date_safe(condition) == changed
