"""One request as one of the people of the table, and its answer as the table spells it."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from accounts.models import User
from tests.access.table import ASKED
from videos.models import Upscale, Video

ELSEWHERE = "198.51.100.7"  # some addresses answer this machine alone

Ask = Callable[..., Any]

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


def answering(sessions: dict[str, str], owned: dict[str, str], shared: dict[str, str], alice: User) -> Ask:
    """Ask(address, person, how): the answer, after which all is as it was. `strict` asks for the proof of our pages."""
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
