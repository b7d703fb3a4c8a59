"""A tus 1.0 server: uploads that go on where they stopped (https://tus.io/protocols/resumable-upload).

Where the bytes go, and when they count: `videos.receiving`.
"""

import base64
import binascii
import functools
import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from videos import jobs, limits, outages, quotas, receiving, storage
from videos.access import video_for
from videos.models import Video
from videos.names import safe_name
from videos.receiving import Receiver
from videos.stored import StorageError

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
CHECKSUMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
CONTENT_TYPE = "application/offset+octet-stream"
PIECE = 1 << 20  # bytes read at once
SYNC_AFTER = 16 << 20  # bytes that a power cut may cost

View = Callable[..., HttpResponse]


class Problem(Exception):
    """An answer other than success: its status, and the sentence the page shows."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def tus(view: View) -> View:
    """What every answer of the protocol has in common."""

    @functools.wraps(view)
    def answer(request: HttpRequest, **which: uuid.UUID) -> HttpResponse:
        try:
            response = _options(request) if request.method == "OPTIONS" else _checked(view, request, **which)
        except Problem as problem:
            response = HttpResponse(str(problem), status=problem.status, content_type="text/plain; charset=utf-8")
        except limits.TooMany as too_many:
            response = limits.told_in_short(too_many)
        except StorageError as error:
            response = outages.told_in_short(error)
        response["Tus-Resumable"] = response["Tus-Version"] = VERSION
        response["Cache-Control"] = "no-store"
        return response

    return answer


def _checked(view: View, request: HttpRequest, **which: uuid.UUID) -> HttpResponse:
    if not request.user.is_authenticated:
        raise Problem(401, _("You are signed out; sign in again and choose the same file, the upload goes on."))
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Problem(
            412, _("This server speaks tus {version}; send Tus-Resumable: {version}.").format(version=VERSION)
        )
    return view(request, **which)


def _options(request: HttpRequest) -> HttpResponse:
    headers = {"Tus-Extension": EXTENSIONS, "Tus-Checksum-Algorithm": ",".join(CHECKSUMS)}
    if isinstance(request.user, User):
        headers["Tus-Max-Size"] = str(quotas.quota_of(request.user).upload_bytes)
    return HttpResponse(status=204, headers=headers)


@tus
def create(request: HttpRequest) -> HttpResponse:
    """Announce a file: POST with its length and name answers where its bytes go."""
    if request.method != "POST":
        raise Problem(405, _("Uploads are announced by POST; send that first."))
    assert isinstance(request.user, User)
    length = _number(request, "Upload-Length")
    video = announce(request.user, _file_name(request), length)
    if request.content_type == CONTENT_TYPE:
        _receive(request, video, 0)
    headers = {"Location": reverse("videos:upload", args=[video.pk])} | _where(video)
    return HttpResponse(status=201, headers=headers)


@tus
def upload(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One upload: HEAD says how much has arrived, PATCH brings more, DELETE gives it up."""
    video = video_for(request.user, pk)
    method = request.method
    if method == "POST":  # for clients behind proxies that know only GET and POST
        method = request.headers.get("X-HTTP-Method-Override")
    actions = {"HEAD": _head, "PATCH": _patch, "DELETE": _terminate}
    if method not in actions:
        raise Problem(405, _("An upload answers HEAD, PATCH and DELETE."))
    if video.expires and video.expires < timezone.now():
        raise Problem(410, _("This upload waited too long and was given up; start it again."))
    return actions[method](request, video)


def announce(user: User, name: str, size: int) -> Video:
    """The row and the empty file of a new upload, if the limits allow it."""
    if not storage.has_room(size):
        raise Problem(507, _("The server's disk is almost full; try again later, or tell the administrator."))
    try:
        with transaction.atomic():
            quotas.count_alone(user)
            quotas.check_upload(user, size)
            limits.count_upload(user)
            expires = timezone.now() + settings.UPLOAD_LIFE
            video = Video.objects.create(owner=user, name=safe_name(name), size=size, expires=expires)
    except quotas.Refused as refused:
        raise Problem(413, str(refused)) from refused
    receiving.begin(video)
    return video


def take(user: User, file: "File[Any]") -> Video:
    """A file that is here in one piece: a plain form brought it, or it came with the site."""
    video = announce(user, file.name or "", file.size or 0)
    with _locked(video) as receiver:
        receiver.resume(0, hold=False)
        for piece in file.chunks(PIECE):
            _write(receiver, piece)
        _commit(video, receiver, last=True)
    return video


def _head(request: HttpRequest, video: Video) -> HttpResponse:
    arrived = receiving.arrived(video) if video.state == Video.State.UPLOADING else video.offset
    if arrived == video.size:  # a crash may have come between the last byte and this
        video.change(Q(state=Video.State.UPLOADING), offset=arrived)
        jobs.uploaded(video)
    headers = _where(video) | {"Upload-Offset": str(arrived), "Upload-Length": str(video.size)}
    return HttpResponse(headers=headers)


def _patch(request: HttpRequest, video: Video) -> HttpResponse:
    if request.content_type != CONTENT_TYPE:
        raise Problem(415, _("Send the bytes of an upload as {kind}.").format(kind=CONTENT_TYPE))
    _receive(request, video, _number(request, "Upload-Offset"))
    return HttpResponse(status=204, headers=_where(video))


def _terminate(request: HttpRequest, video: Video) -> HttpResponse:
    with _locked(video):
        if video.state != Video.State.UPLOADING:
            raise Problem(409, _("This upload is complete; delete the video on its page."))
        jobs.remove_video(video)
    audit.record(request, audit.What.VIDEO_DELETED, video.name)
    return HttpResponse(status=204)


def _receive(request: HttpRequest, video: Video, offset: int) -> None:
    """Take the request's body; what has arrived counts even when the connection breaks off."""
    length = int(request.META.get("CONTENT_LENGTH") or -1)
    if length < 0:
        raise Problem(411, _("The length of the request is missing; send Content-Length."))
    algorithm, expected = _checksum(request)
    with _locked(video) as receiver:
        arrived = receiver.arrived()
        if offset != arrived or video.state != Video.State.UPLOADING:
            sentence = _("The upload stands at byte {arrived}, not at {offset}; go on from there.")
            raise Problem(409, sentence.format(arrived=arrived, offset=offset))
        if offset + length > video.size:
            sentence = _("The upload was announced with {size} bytes and this would be more; start it again.")
            raise Problem(413, sentence.format(size=video.size))
        if not length and offset < video.size:
            return  # a million such requests write nothing and ask no bucket
        receiver.resume(offset, hold=bool(expected))
        _append(request, video, receiver, CHECKSUMS[algorithm](), expected)


def _append(request: HttpRequest, video: Video, receiver: Receiver, digest: Any, expected: bytes) -> None:
    counted = receiver.at
    for piece in _pieces(request):
        _check_still_allowed(request)
        digest.update(piece)
        _write(receiver, piece)
        if not expected and receiver.at - counted >= SYNC_AFTER:
            counted = _commit(video, receiver)
            if storage.is_full():
                raise Problem(507, _(storage.FULL))
    if expected and digest.digest() != expected:
        receiver.take_back()
        raise Problem(460, _("The bytes changed on their way; send this part again."))
    _commit(video, receiver, last=True)


def _check_still_allowed(request: HttpRequest) -> None:
    """A program's access may be taken away while its bytes still come."""
    still_allowed = getattr(request, "still_allowed", None)
    if still_allowed and not still_allowed():
        raise Problem(401, _("Your access was taken away; sign in again and send the same file, the upload goes on."))


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    try:
        while piece := request.read(PIECE):
            yield piece
    except UnreadablePostError:
        return  # the connection broke; the client comes back for the rest


def _write(receiver: Receiver, piece: bytes) -> None:
    try:
        receiver.write(piece)
    except OSError as error:
        raise Problem(507, _(storage.FULL)) from error


def _commit(video: Video, receiver: Receiver, last: bool = False) -> int:
    """First the bytes are safe, then the row counts them."""
    offset = receiver.commit(last)
    expires = timezone.now() + settings.UPLOAD_LIFE
    if not video.change(Q(state=Video.State.UPLOADING), offset=offset, expires=expires):
        raise Problem(410, _("This upload was deleted meanwhile."))
    receiver.counted(offset)
    if offset == video.size:
        jobs.uploaded(video)
    return offset


@contextmanager
def _locked(video: Video) -> Iterator[Receiver]:
    """Where its bytes go, ours alone, and the row as the last writer left it."""
    try:
        with receiving.receiving(video) as receiver:
            yield receiver
    except BlockingIOError as error:
        raise Problem(423, _("Another request is just writing to this upload; try again in a moment.")) from error
    except receiving.Gone as error:
        video.change(Q(state=Video.State.UPLOADING), offset=0, upload_id="")
        raise Problem(409, _("What had arrived of this upload was lost; go on from byte 0.")) from error
    except (FileNotFoundError, Video.DoesNotExist) as error:
        raise Problem(410, _("This upload was deleted meanwhile.")) from error


def _where(video: Video) -> dict[str, str]:
    headers = {"Upload-Offset": str(video.offset)}
    if video.expires:
        headers["Upload-Expires"] = http_date(video.expires.timestamp())
    return headers


def _number(request: HttpRequest, header: str) -> int:
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdecimal() and len(value) <= 18):
        raise Problem(400, _("{header} is missing or no whole number; send one.").format(header=header))
    return int(value)


def _file_name(request: HttpRequest) -> str:
    """From `Upload-Metadata: filename base64,type base64`; a name that cannot be read is no reason to refuse."""
    pairs = (pair.split() for pair in request.headers.get("Upload-Metadata", "").split(","))
    named = [pair[1] for pair in pairs if len(pair) == 2 and pair[0] in {"filename", "name"}]
    try:
        return base64.b64decode(named[0], validate=True).decode("utf-8", "replace") if named else ""
    except binascii.Error:
        return ""


def _checksum(request: HttpRequest) -> tuple[str, bytes]:
    """The algorithm and the digest the client expects; no digest if it sent none."""
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return "sha1", b""
    algorithm, _space, digest = header.partition(" ")
    if algorithm not in CHECKSUMS:
        raise Problem(400, _("That kind of checksum is not known; use {kinds}.").format(kinds=", ".join(CHECKSUMS)))
    try:
        expected = base64.b64decode(digest, validate=True)
    except binascii.Error:
        expected = b""
    if not expected:
        raise Problem(400, _("The checksum is not valid base64; send it again."))
    return algorithm, expected
