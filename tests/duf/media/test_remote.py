"""A file behind an address reads as it does from the disk, and only what is looked at comes over the line."""

import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from duf.errors import MediaError, SourceError
from duf.media import Limits, index, probe, read, remote
from duf.media.remote import BLOCK, Remote
from duf.media.source import Address, source_of
from tests.duf.clips import Sound, make


class RangeServer:
    """Hands out a file by ranges, and counts what it sends. `fail` may answer something else first."""

    def __init__(self, path: Path) -> None:
        self.content, self.sent, self.requests = path.read_bytes(), 0, 0
        self.fail: Callable[[int], int | None] = lambda request: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.address = Address(f"http://127.0.0.1:{self._server.server_port}/clip?signature=1")

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests += 1
        status = self.fail(self.requests)
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers["Range"])
        if status or not found or handler.path != "/clip?signature=1":
            handler.send_response(status or 400)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        first, last = int(found[1]), min(int(found[2]), len(self.content) - 1)
        data = self.content[first : last + 1]
        self.sent += len(data)
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {first}-{last}/{len(self.content)}")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], RangeServer]]:
    servers: list[RangeServer] = []

    def start(path: Path) -> RangeServer:
        servers.append(RangeServer(path))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


Serve = Callable[[Path], RangeServer]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSE", 0.05)
    monkeypatch.setattr(remote, "PATIENCE", 0.2)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi", "clip.ts", "clip.flv"])
def test_it_reads_as_from_the_disk(name: str, tmp_path: Path, serve: Serve) -> None:
    clip = make(tmp_path / name, frames=60, b_frames=0 if name.endswith("avi") else 2)
    here, there = index(clip), index(serve(clip).address)
    assert np.array_equal(here.crc, there.crc) and np.array_equal(here.pts, there.pts)
    frames = list(read(serve(clip).address, start=40, stop=50, index=here))
    assert [frame.crc for frame in frames] == here.crc[40:50].tolist()


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_a_stretch_costs_its_own_bytes_and_not_the_file(
    name: str, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "BLOCK", 1 << 11)
    clip = make(tmp_path / name, frames=240, sounds=[Sound()])
    frames, server = index(clip), serve(clip)
    stretch = list(read(server.address, start=120, stop=124, index=frames))
    assert [frame.crc for frame in stretch] == frames.crc[120:124].tolist()
    assert server.sent < len(server.content) / 2


def test_a_server_that_stumbles_is_asked_again(tmp_path: Path, serve: Serve, impatient: None) -> None:
    server = serve(make(tmp_path / "clip.mp4", frames=24))
    server.fail = lambda request: 503 if request in {1, 3} else None
    assert len(index(server.address)) == 24
    assert server.requests >= 2


@pytest.mark.parametrize("job", [probe, index])
def test_a_server_that_goes_away_is_no_fault_of_the_file(
    tmp_path: Path, serve: Serve, impatient: None, job: Callable[[Address], object]
) -> None:
    server = serve(make(tmp_path / "clip.mp4", frames=24))
    server.fail = lambda request: 503
    with pytest.raises(SourceError, match=r"cannot be fetched from where it is kept .* try again later"):
        job(server.address)


def test_a_server_that_goes_away_in_the_middle_does_not_pass_for_the_files_end(
    tmp_path: Path, serve: Serve, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "BLOCK", 1 << 11)
    clip = make(tmp_path / "clip.ts", frames=120)
    server = serve(clip)
    server.fail = lambda request: 503 if request > len(server.content) // (2 << 11) else None
    with pytest.raises(SourceError):
        index(server.address)


def test_a_refusal_is_told_at_once(tmp_path: Path, serve: Serve) -> None:
    server = serve(make(tmp_path / "clip.mp4", frames=24))
    server.fail = lambda request: 403
    with pytest.raises(SourceError, match="status 403"):
        probe(server.address)
    assert server.requests == 1


def test_a_file_larger_than_allowed_is_refused(tmp_path: Path, serve: Serve) -> None:
    with pytest.raises(MediaError, match="larger than"):
        probe(serve(make(tmp_path / "clip.mp4", frames=24)).address, Limits(bytes=100))


def test_what_was_read_lately_is_not_asked_for_again(tmp_path: Path, serve: Serve) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 10000)
    server = serve(path)
    file = Remote(server.address)
    assert [file.read(at, 10) for at in (5, BLOCK + 5, 5)] == [
        path.read_bytes()[at : at + 10] for at in (5, BLOCK + 5, 5)
    ]
    assert file.read(BLOCK - 3, 10) == path.read_bytes()[BLOCK - 3 : BLOCK]
    assert (server.requests, file.size) == (2, 2_560_000)
    file.close()


def test_an_address_is_told_from_a_path() -> None:
    assert source_of("https://bucket/key?x") == Address("https://bucket/key?x")
    assert source_of("/var/media/http") == Path("/var/media/http")
