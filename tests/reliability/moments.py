"""When a fault strikes: what the site is doing at that moment, on a tiny clip, and what must become of it."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import requests
from django.core.files import File

from accounts.models import User
from tests.videos.site import convert
from videos import uploads
from videos.models import Segment, Upscale, Video
from videos.storage import store

PIECES = [(0, 48), (48, 96)]
PATIENCE = 180.0  # seconds until the moment must have come: trials of what was uploaded before go first

Session = Callable[[], requests.Session]


def arrive(owner: User, clip: Path) -> Video:
    """A file of this person's that has come in one piece."""
    with clip.open("rb") as file:
        return uploads.take(owner, File(file, clip.name))


class Moment(ABC):
    """Something that the site is doing."""

    name: str

    def __init__(self, owner: User, clip: Path, address: str, session: Session) -> None:
        self.owner, self.clip, self.address, self.session = owner, clip, address, session
        self.sent = clip.read_bytes()
        self.video: Video | None = None

    @abstractmethod
    def begin(self) -> None:
        """Ask the site for it."""

    @abstractmethod
    def has_come(self) -> bool:
        """It is just being done."""

    @abstractmethod
    def is_over(self) -> bool:
        """Nothing more becomes of it."""

    def wait(self, look_after: Callable[[], None]) -> None:
        end, looked = time.monotonic() + PATIENCE, 0.0
        while not self.has_come():
            assert time.monotonic() < end, f"{self.name} never began"
            if time.monotonic() - looked > 1:
                look_after()
                looked = time.monotonic()
            time.sleep(0.005)


class Uploading(Moment):
    """By tus, a little at a time; whoever sends it comes back after every failure."""

    name = "uploading"
    PARTS = 12

    def begin(self) -> None:
        self.where = ""
        self.sender = threading.Thread(target=self._send, daemon=True)
        self.sender.start()

    def has_come(self) -> bool:
        return bool(self.where) and self._row().offset > 0

    def is_over(self) -> bool:
        return not self.sender.is_alive() and self._row().state not in {"uploading", "checking"}

    def _row(self) -> Video:
        self.video = Video.objects.get(pk=self.where.strip("/").rpartition("/")[2])
        return self.video

    def _send(self) -> None:
        session = self.session()
        session.headers["Tus-Resumable"] = "1.0.0"
        with suppress(Exception):
            created = session.post(
                f"{self.address}/uploads/", headers={"Upload-Length": str(len(self.sent))}, timeout=20
            )
            self.where = created.headers["Location"]
        offset, size = 0, len(self.sent) // self.PARTS + 1
        while offset < len(self.sent):
            time.sleep(0.2)
            with suppress(requests.RequestException, KeyError):
                headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                part = self.sent[offset : offset + size]
                session.patch(self.address + self.where, data=part, headers=headers, timeout=20)
                offset = int(session.head(self.address + self.where, timeout=20).headers["Upload-Offset"])


class Indexing(Moment):
    name = "indexing"

    def begin(self) -> None:
        self.video = arrive(self.owner, self.clip)

    def has_come(self) -> bool:
        row = self._row()
        return row.holder is not None or row.state != "checking"

    def is_over(self) -> bool:
        return self._row().state != "checking"

    def _row(self) -> Video:
        assert self.video
        return Video.objects.get(pk=self.video.pk)


class OfAJob(Moment):
    """Something that is done with a job."""

    def begin(self) -> None:
        self.job = convert(self._ready_video(), PIECES)

    def is_over(self) -> bool:
        return self._row().state not in Upscale.ACTIVE

    def _row(self) -> Upscale:
        return Upscale.objects.get(pk=self.job.pk)

    def _ready_video(self) -> Video:
        """The one that is there already."""
        found = Video.objects.filter(owner=self.owner, state="ready").order_by("created").first()
        assert found
        return found


class ASegment(OfAJob):
    name = "a segment"

    def has_come(self) -> bool:
        return Segment.objects.filter(upscale=self.job, state="running", frames_done__gte=0).exists()


class Joining(OfAJob):
    name = "joining"

    def has_come(self) -> bool:
        row = self._row()
        return (row.state == "assembling" and row.holder is not None) or not row.active


class Publishing(OfAJob):
    """The result has its name, and the row is about to say so."""

    name = "publishing"

    def has_come(self) -> bool:
        return self._has_result() or not self._row().active

    def _has_result(self) -> bool:
        return any(path.name.startswith("result-") for path in store().paths(self.job.folder))


class Deleting(OfAJob):
    """A job that is in work, by the button of its page; whoever pressed it presses again after a failure."""

    name = "deleting"

    def begin(self) -> None:
        super().begin()
        self.pressed = False

    def has_come(self) -> bool:
        if Segment.objects.filter(upscale=self.job, state="running").exists() and not self.pressed:
            self.pressed = True
            self.presser = threading.Thread(target=self._press, daemon=True)
            self.presser.start()
        return self.pressed

    def is_over(self) -> bool:
        return not self.presser.is_alive()

    def _press(self) -> None:
        """Until the page is gone."""
        session, status = self.session(), 0
        while status != 404:
            with suppress(requests.RequestException):
                session.post(f"{self.address}/results/{self.job.pk}/delete/", timeout=20)
                status = session.get(f"{self.address}/results/{self.job.pk}/", timeout=20).status_code
            time.sleep(0.2)


MOMENTS: list[type[Moment]] = [Uploading, Indexing, ASegment, Joining, Publishing, Deleting]
