"""A file that a server hands out in ranges, as buckets do by signed addresses.

The decoding process has no network: it asks for bytes through a socket, and a thread of its parent gets the blocks they
are in. So what comes over the line is what a demuxer looks at: the header, the table of frames, and the stretch wanted.
"""

import http.client
import socket
import ssl
import struct
import threading
from collections import OrderedDict
from contextlib import closing
from urllib.parse import urlsplit

from duf.errors import DufError, SourceError
from duf.media.facts import Limits
from duf.media.served import ASKED, LENGTH
from duf.media.source import Address, check_size

BLOCK = 1 << 20  # bytes asked of the server at once
KEPT = 32  # blocks remembered
ANSWER_SECONDS = 10  # that one request may take
PATIENCE = 40.0  # seconds of trying again; less than the silence after which the decoding process is given up
PAUSE = 1.0  # second between two tries


class Remote:
    """The bytes behind an address. `size` is known once something was read."""

    def __init__(self, address: Address) -> None:
        self._parts = urlsplit(address.url)
        self._connection: http.client.HTTPConnection | None = None
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._over = threading.Event()
        self.size = 0
        self.waiting = False  # for a server that does not answer

    def read(self, offset: int, length: int) -> bytes:
        """At least one byte, if there are any from there on. Raises SourceError when patience is at an end."""
        block = self._block(offset // BLOCK)
        start = offset % BLOCK
        return block[start : start + length]

    def stop(self) -> None:
        """Nobody wants anything of it any more."""
        self._over.set()

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            self._blocks[number] = self._patiently(number)
            if len(self._blocks) > KEPT:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return self._blocks[number]

    def _patiently(self, number: int) -> bytes:
        tries = 0
        while True:
            try:
                block = self._fetch(number)
                self.waiting = False
                return block
            except (OSError, http.client.HTTPException) as error:
                self.close()
                self.waiting, tries = True, tries + 1
                if tries * PAUSE > PATIENCE or self._over.wait(PAUSE):
                    raise _unreachable(type(error).__name__) from error

    def _fetch(self, number: int) -> bytes:
        connection = self._connection = self._connection or self._connected()
        wanted = f"bytes={number * BLOCK}-{(number + 1) * BLOCK - 1}"
        connection.request("GET", f"{self._parts.path}?{self._parts.query}", headers={"Range": wanted})
        answer = connection.getresponse()
        data = answer.read()
        if answer.status >= 500:
            raise http.client.HTTPException(f"status {answer.status}")
        span = answer.getheader("Content-Range", "")
        if answer.status >= 300 or not span.startswith(wanted.replace("=", " ").rpartition("-")[0]):
            raise _unreachable(f"status {answer.status}")
        self.size = int(span.rpartition("/")[2])
        if len(data) != min(BLOCK, self.size - number * BLOCK):
            raise http.client.IncompleteRead(data)
        return data

    def _connected(self) -> http.client.HTTPConnection:
        host = self._parts.netloc
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(host, timeout=ANSWER_SECONDS, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, timeout=ANSWER_SECONDS)


def _unreachable(why: str) -> SourceError:
    return SourceError(f"The file cannot be fetched from where it is kept ({why}); try again later.")


class Server:
    """Hands a remote file to a decoding process, from a thread. `theirs` is the descriptor for that process."""

    def __init__(self, address: Address, limits: Limits) -> None:
        self._remote, self._limits = Remote(address), limits
        ours, theirs = socket.socketpair()
        self.theirs = theirs.detach()
        self._failure: DufError | None = None
        threading.Thread(target=self._serve, args=(ours,), name="remote file", daemon=True).start()

    @property
    def failure(self) -> DufError | None:
        """Why the process cannot have the bytes it asked for, if so."""
        return self._failure or (_unreachable("no answer") if self._remote.waiting else None)

    def stop(self) -> None:
        self._remote.stop()

    def _serve(self, ours: socket.socket) -> None:
        with ours, closing(self._remote):
            try:
                self._remote.read(0, 1)
                check_size(self._remote.size, self._limits)
                ours.sendall(LENGTH.pack(self._remote.size))
                while asked := ours.recv(ASKED.size, socket.MSG_WAITALL):
                    data = self._remote.read(*ASKED.unpack(asked))
                    ours.sendall(LENGTH.pack(len(data)) + data)
            except DufError as error:
                self._failure = error
            except (OSError, struct.error):
                return  # the process has ended
