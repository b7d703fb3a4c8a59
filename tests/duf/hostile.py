"""Files that mean harm or are broken, and canaries that sing when somebody falls for one."""

from __future__ import annotations

import ctypes
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import av

from tests.duf.clips import Recipe, Sound, make

IN_ACCESS, IN_OPEN, IN_NONBLOCK = 0x1, 0x20, 0o4000


class Canaries:
    """A web server and a video file that nobody may touch."""

    def __init__(self, url: str, file: Path, watch: int, requests: list[str]) -> None:
        self.url, self.file, self._watch, self._requests = url, file, watch, requests

    def song(self) -> list[str]:
        """What was touched since the last time."""
        sung, self._requests[:] = list(self._requests), []
        try:
            while os.read(self._watch, 4096):
                sung.append(str(self.file))
        except BlockingIOError:
            return sung
        return sung


@contextmanager
def canaries(folder: Path) -> Iterator[Canaries]:
    file = make(folder / "canary.ts", size=(48, 32))
    requests: list[str] = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Ear) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        watch = _watched(file)
        yield Canaries(f"http://127.0.0.1:{server.server_port}", file, watch, requests)
        os.close(watch)
        server.shutdown()


def _watched(file: Path) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    watch: int = libc.inotify_init1(IN_NONBLOCK)
    assert libc.inotify_add_watch(watch, os.fsencode(file), IN_OPEN | IN_ACCESS) >= 0
    return watch


def hls(*targets: str) -> bytes:
    parts = "".join(f"#EXTINF:1,\n{target}\n" for target in targets)
    return f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n{parts}#EXT-X-ENDLIST\n".encode()


def ffconcat(*targets: str) -> bytes:
    return ("ffconcat version 1.0\n" + "".join(f"file '{target}'\n" for target in targets)).encode()


def dash(*targets: str) -> bytes:
    parts = "".join(
        f'<Representation id="{number}" bandwidth="1"><BaseURL>{target}</BaseURL></Representation>'
        for number, target in enumerate(targets)
    )
    head = '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT1S">'
    return f'{head}<Period><AdaptationSet mimeType="video/mp2t">{parts}</AdaptationSet></Period></MPD>'.encode()


def sdp(url: str, *_: str) -> bytes:
    port = url.split("/")[2].rsplit(":", 1)[1]
    return f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=video {port} RTP/AVP 96\r\n".encode()


def svg(*targets: str) -> bytes:
    links = "".join(f'<image xlink:href="{target}" width="10" height="10"/>' for target in targets)
    return f'<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg">{links}</svg>'.encode()


def png(width: int, height: int) -> bytes:
    """A black picture of one bit a pixel, tiny however large it is."""
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(*part) for part in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gif(width: int, height: int) -> bytes:
    """Two frames on a canvas of any size, of which only a corner is drawn."""
    frame = b"\x21\xf9\x04\0\x04\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, 2, 2, 0) + b"\x02\x03\x84\x51\x05\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame * 2 + b"\x3b"


def pictures_in_mov(path: Path, picture: bytes, size: tuple[int, int] = (64, 48)) -> Path:
    """A MOV of PNG pictures whose header may say another size than they have."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("png", rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "rgb24"
        output.start_encoding()
        for number in range(3):
            packet: av.Packet[Any] = av.Packet(picture)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            output.mux_one(packet)
    return path


def many_tracks(path: Path, count: int) -> Path:
    plan = Recipe(frames=2)
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=plan.rate)
        video.width, video.height = plan.size
        for _ in range(count - 1):
            output.add_mux_stream("subrip")
        frame = av.VideoFrame(64, 48, "yuv420p")
        for packet in [*video.encode(frame), *video.encode(None)]:
            output.mux_one(packet)
    return path


def only_sound(path: Path, cover: bool = False) -> Path:
    """A sound file, with or without a cover picture."""
    samples = Sound()
    with av.open(str(path), "w") as output:
        audio = output.add_stream(samples.codec, rate=samples.rate)
        audio.layout = "mono"
        if cover:
            picture = output.add_stream("png", rate=1)
            picture.width, picture.height, picture.pix_fmt = 16, 16, "rgb24"
            picture.disposition = av.stream.Disposition.attached_pic
        output.start_encoding()
        if cover:
            packet: av.Packet[Any] = av.Packet(png(16, 16))
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = picture, 0, 0, True
            output.mux_one(packet)
        frame = av.AudioFrame("s16", "mono", 4800)
        frame.sample_rate, frame.pts = samples.rate, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for sound in [*audio.encode(frame), *audio.encode(None)]:
            output.mux_one(sound)
    return path


def squeezed_index(path: Path, source: Path, claimed: int | None = None) -> Path:
    """A MOV whose index is compressed, with the size that it says it unpacks to."""
    data = source.read_bytes()
    at = data.rindex(b"moov") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    moov = data[at : at + length]
    unpacked = struct.pack(">I", len(moov) if claimed is None else claimed)
    inner = box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", unpacked + zlib.compress(moov)))
    path.write_bytes(data[:at] + box(b"moov", inner) + data[at + length :])
    return path


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def squeezed_track(path: Path, unpacked: int) -> Path:
    """A Matroska file whose decoder settings are a compressed run of zeros."""
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(unpacked >> 20)) + packer.flush()
    encoding = element("5032", b"\x03") + element("5033", b"\0") + element("5034", element("4254", b"\0"))
    size = element("B0", b"\x40") + element("BA", b"\x30")
    track = (
        element("D7", b"\x01") + element("73C5", b"\x01") + element("83", b"\x01") + element("86", b"V_MPEG4/ISO/AVC")
    )
    track += element("63A2", bomb) + element("E0", size) + element("6D80", element("6240", encoding))
    cluster = element("1F43B675", element("E7", b"\0") + element("A3", b"\x81\0\0\x80" + bomb[:100_000]))
    segment = (
        element("1549A966", element("2AD7B1", b"\x0f\x42\x40")) + element("1654AE6B", element("AE", track)) + cluster
    )
    path.write_bytes(element("1A45DFA3", element("4282", b"matroska")) + element("18538067", segment))
    return path


def element(identity: str, payload: bytes) -> bytes:
    """One EBML element with an eight byte size."""
    return bytes.fromhex(identity) + (len(payload) | 1 << 56).to_bytes(8, "big") + payload


def lying_about_its_length(path: Path, source: Path) -> Path:
    """A Matroska file whose header promises hours."""
    data = bytearray(source.read_bytes())
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = struct.pack(">d", 9_999_000.0)
    path.write_bytes(data.replace(b"00:00:00.480000000", b"02:46:39.000000000"))
    return path


def external_reference(path: Path, source: Path, target: Path) -> Path:
    """A MOV that says that its pictures lie in another file."""
    data = source.read_bytes()
    for parent in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        at = data.index(parent) - 4
        length = int.from_bytes(data[at : at + 4], "big")
        payload = data[at + 8 : at + length]
        if parent == b"dref":
            payload = struct.pack(">II", 0, 1) + box(b"alis", b"\0\0\0\0" + _alias(target))
            grown = len(payload) + 8 - length
        else:
            payload = data[at + 8 : at + length + grown]
        data = data[:at] + box(parent, payload) + data[at + length + (0 if parent == b"dref" else grown) :]
    path.write_bytes(data)
    return path


def _alias(target: Path) -> bytes:
    """A Macintosh alias record with an absolute path."""
    name = os.fsencode(target.name)[:63]
    absolute = os.fsencode(target)
    padded = absolute + b"\0" * (len(absolute) % 2)
    record = bytes(10) + b"\x01X" + bytes(26) + bytes(12) + bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16)
    return (
        record + struct.pack(">hh", 0, 0) + bytes(16) + struct.pack(">HH", 2, len(absolute)) + padded + b"\xff\xff\0\0"
    )
