"""Uploads by tus that go on where they stopped, also after this program was stopped: addresses are written down."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import BinaryIO
from urllib.parse import urlsplit

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.storage.filestorage import FileStorage
from tusclient.uploader import Uploader

from vsr import login
from vsr.site import Site, sentence
from vsr.troubles import SignedOut, Trouble, Unreachable

PIECE = 8 << 20  # bytes in one request
DELAYS = (1, 2, 5, 10, 20, 30)  # seconds before each new attempt
GONE = {403, 404, 410}  # the address that was written down is of no use any more
FINAL = {400, 401, 403, 404, 410, 413, 415}  # to try again would change nothing

TusError = (TusUploadFailed, TusCommunicationError)
Progress = Callable[[int, int], None]  # bytes sent, bytes in all


@dataclass(frozen=True)
class Arrived:
    """A file that the site has."""

    video: str  # the id of what it became
    before: bool  # whether the site had all of it already


def upload(site: Site, path: Path, progress: Progress) -> Arrived:
    """Send the file, or the rest of it. Raises `Trouble`."""
    with path.open("rb") as stream, Addresses(site, stream) as addresses:
        try:
            size = os.fstat(stream.fileno()).st_size
            known = _known(site, stream, addresses)
            before = known is not None and known.offset >= size
            uploader = known or _begun(site, path.name, size, stream, addresses)
            _send(uploader, size, progress)
        except TusError as error:
            raise _trouble(site, error) from error
    return Arrived(urlsplit(str(uploader.url)).path.rstrip("/").rpartition("/")[2], before)


class Addresses:
    """Where the uploads of a file go on, by site, path, size and time of its last change."""

    def __init__(self, site: Site, stream: BinaryIO) -> None:
        stat = os.fstat(stream.fileno())
        self._key = f"{site.url} {os.path.realpath(stream.name)} {stat.st_size} {stat.st_mtime_ns}"
        folder = login.folder("XDG_STATE_HOME", ".local/state")
        folder.mkdir(parents=True, exist_ok=True)
        self._storage = FileStorage(str(folder / "uploads.json"))

    def __enter__(self) -> "Addresses":
        return self

    def __exit__(self, *error: object) -> None:
        self._storage.close()

    def get(self) -> str | None:
        found: str | None = self._storage.get_item(self._key)
        return found

    def keep(self, url: str) -> None:
        self._storage.set_item(self._key, url)


def _known(site: Site, stream: BinaryIO, addresses: Addresses) -> Uploader | None:
    """Ready to go on with an earlier upload, if the site still knows it."""
    url = addresses.get()
    try:
        return _uploader(site, stream, url) if url else None
    except TusCommunicationError as error:
        if error.status_code not in GONE:
            raise
    return None


def _begun(site: Site, name: str, size: int, stream: BinaryIO, addresses: Addresses) -> Uploader:
    """A new upload, at its beginning."""
    url = site.announce(name, size)
    addresses.keep(url)
    return _uploader(site, stream, url)


def _uploader(site: Site, stream: BinaryIO, url: str) -> Uploader:
    """It asks the site at once where to go on."""
    return TusClient(f"{site.url}/uploads/", headers=site.headers).uploader(
        file_stream=stream, url=url, chunk_size=PIECE
    )


def _send(uploader: Uploader, size: int, progress: Progress) -> None:
    attempts = iter(DELAYS)
    while uploader.offset < size:
        progress(uploader.offset, size)
        try:
            uploader.upload_chunk()
            attempts = iter(DELAYS)
        except TusError as error:
            delay = None if error.status_code in FINAL else next(attempts, None)
            if delay is None:
                raise
            sleep(delay)
            _find_offset(uploader)
    progress(size, size)


def _find_offset(uploader: Uploader) -> None:
    """Ask where to go on; if nobody answers now either, the next attempt will tell."""
    try:
        uploader.offset = uploader.get_offset()
    except TusCommunicationError as error:
        if error.status_code in FINAL:
            raise


def _trouble(site: Site, error: TusUploadFailed | TusCommunicationError) -> Trouble:
    if error.status_code is None:
        return Unreachable(f"{site.url} does not answer; run the same command again, the upload goes on.")
    said = sentence(error.response_content)
    return SignedOut(said) if error.status_code == 401 else Trouble(said)
