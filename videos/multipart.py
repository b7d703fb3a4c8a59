"""The bytes of an upload as parts of an S3 object, all of one size but the last, which may be of any.

What is not yet a whole part at the end of a request is kept as a small object of its own, named by the offset it
reaches to, so that every web process finds it. Parts beyond the row's offset are from a request that was broken off:
the same bytes come again and take their place.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.db.models import Q

from videos import s3
from videos.models import Video
from videos.receiving import Gone, Receiver
from videos.storage import store
from videos.stored import StorageError
from vsrsite.locks import alone

MIB = 1 << 20
PART = 8 * MIB  # as much as the page sends at once; S3 wants 5 at least
KEPT = "source-upto-"
MOST_PARTS = 9_000  # of an object; S3 allows 10,000
LOST = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder", "NotImplemented"}  # the last: another part was there


def part_bytes(size: int) -> int:
    """Of each part of an upload of so many bytes: whole MiB, and not too many parts."""
    return max(PART, -(-size // MOST_PARTS // MIB) * MIB)


@contextmanager
def receiving_parts(video: Video) -> Iterator[Receiver]:
    """By a lock that all web processes see, on whatever machine."""
    room = 2 * part_bytes(video.size)  # in memory
    with alone(video.pk), SpooledTemporaryFile(room, dir=str(settings.MEDIA_ROOT)) as waiting:
        video.refresh_from_db()
        yield Parts(video, waiting)


def arrived(video: Video) -> int:
    """Without keeping others from bringing more."""
    return Parts(video, BytesIO()).arrived()


class Parts:
    """`videos.receiving.Receiver` of one upload."""

    def __init__(self, video: Video, waiting: IO[bytes]) -> None:
        self._video = video
        self._part = part_bytes(video.size)
        self._waiting = waiting  # what is not sent yet, with the position at its end
        self._hold = False
        self._counted = 0  # by the row; a rest that reaches to there is kept
        self.at = 0

    def arrived(self) -> int:
        video = self._video
        if not video.upload_id:
            return 0
        whole, rest = divmod(video.offset, self._part)
        try:
            found = self._found(whole)
        except Gone:  # perhaps because a request that then died had brought all
            return video.size if self._is_whole() else 0
        if not found:
            return 0
        if rest and not store().look(self._kept(video.offset)):
            return whole * self._part
        return video.offset

    def resume(self, at: int, hold: bool) -> None:
        self._hold, self.at, self._counted = hold, at, at
        rest = at % self._part
        if not at:
            self._begin()
        elif rest:
            for piece in store().read(self._kept(at), range(rest)):
                self._waiting.write(piece)

    def write(self, piece: bytes) -> None:
        self._waiting.write(piece)
        self.at += len(piece)
        if not self._hold:
            self._send_whole_parts()

    def take_back(self) -> None:
        """Nothing of it was sent."""

    def commit(self, last: bool) -> int:
        self._send_whole_parts()
        rest = self._waiting.tell()
        if self.at == self._video.size:
            self._finish(rest)
            return self.at
        if not last:
            return max(self._counted, self.at - rest)
        if rest:
            self._waiting.seek(0)
            with s3.telling():
                s3.client().put_object(**s3.at(self._kept(self.at)), **_body(self._waiting.read()))
        return self.at

    def counted(self, offset: int) -> None:
        """The rest that was kept before is part of something now."""
        if offset != self._counted and self._counted % self._part:
            store().remove(self._kept(self._counted))
        self._counted = offset

    def _begin(self) -> None:
        """Anew, whatever there was."""
        store().remove_tree(self._video.folder)
        with s3.telling():
            upload = s3.client().create_multipart_upload(**self._where, ContentType="application/octet-stream")
        if not self._video.change(Q(state=Video.State.UPLOADING), upload_id=upload["UploadId"], offset=0):
            store().remove_tree(self._video.folder)
            raise FileNotFoundError

    def _found(self, number: int) -> bool:
        """Whether that part is there; 0 is always. Raises Gone if there is no such upload any more."""
        with _losing(), s3.telling():
            # Two, for some servers begin with the marker's own part and not after it.
            which = {"UploadId": self._video.upload_id, "PartNumberMarker": max(0, number - 1), "MaxParts": 2}
            parts = s3.client().list_parts(**self._where, **which).get("Parts", ())
        return not number or number in {part["PartNumber"] for part in parts}

    def _send_whole_parts(self) -> None:
        if self._waiting.tell() < self._part:
            return
        first = (self.at - self._waiting.tell()) // self._part + 1
        count = self._waiting.tell() // self._part
        self._waiting.seek(0)
        for number in range(first, first + count):
            self._send(number, self._waiting.read(self._part))
        rest = self._waiting.read()
        self._waiting.seek(0)
        self._waiting.truncate()
        self._waiting.write(rest)

    def _send(self, number: int, data: bytes) -> None:
        with _losing(), s3.telling():
            which = {"UploadId": self._video.upload_id, "PartNumber": number}
            s3.client().upload_part(**self._where, **which, **_body(data))

    def _finish(self, rest: int) -> None:
        """Make one object of all parts."""
        if rest:
            self._waiting.seek(0)
            self._send(self.at // self._part + 1, self._waiting.read(rest))
        with suppress(Gone):  # it was made already, and only the answer was lost
            self._complete()
        if not self._is_whole():
            raise Gone

    def _complete(self) -> None:
        with _losing(), s3.telling():
            which = {**self._where, "UploadId": self._video.upload_id}
            pages = s3.client().get_paginator("list_parts").paginate(**which)
            parts = [
                {"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for page in pages for part in page["Parts"]
            ]
            s3.client().complete_multipart_upload(**which, MultipartUpload={"Parts": parts})

    def _is_whole(self) -> bool:
        """Whether the object is there; then nothing else of the upload is."""
        stored = store().look(self._video.source)
        if stored is None or stored.size != self._video.size:
            return False
        store().remove(*(path for path in store().paths(self._video.folder) if path.name.startswith(KEPT)))
        return True

    @property
    def _where(self) -> dict[str, str]:
        return s3.at(self._video.source)

    def _kept(self, offset: int) -> Path:
        """Where the rest is that reaches to there."""
        return self._video.folder / f"{KEPT}{offset}"


def _body(data: bytes) -> dict[str, Any]:
    """With a checksum, which the server compares."""
    return {"Body": data, "ContentMD5": b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()}


@contextmanager
def _losing() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        if error.code in LOST:
            raise Gone from error
        raise
