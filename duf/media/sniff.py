"""Which container a file is, from its first bytes alone; everything that is not video is refused in one sentence.

FFmpeg's own probing also finds playlists, scripts and pictures, which open other files; it is never asked.
"""

import re
from typing import BinaryIO

from duf.errors import MediaError

HEAD = 8192  # bytes looked at
TS_PACKETS = (188, 192, 204)  # bytes of a transport stream packet: plain, Blu-ray, with error correction
TS_SYNC = 0x47

MAGIC: tuple[tuple[bytes, str], ...] = (
    (rb"\x1a\x45\xdf\xa3", "matroska"),
    (rb"RIFF....AVI ", "avi"),
    (rb"\x00\x00\x01\xba", "mpeg"),
    (rb"FLV\x01", "flv"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (rb"OggS", "ogg"),
    (rb"GIF8[79]a", "gif"),
    (rb"YUV4MPEG2 ", "yuv4mpegpipe"),
    (rb"\x1f\x07\x00", "dv"),
)

PICTURE = "This is a still picture and this service enlarges video; upload a video file (an animated GIF is one)."
SOUND = "This file holds only sound and no picture; upload the video it belongs to."
REFUSED: tuple[tuple[bytes, str], ...] = (
    (rb"....ftyp(?:avif|heic|heix|heim|heis|mif1)", PICTURE),
    (rb"\x89PNG|\xff\xd8\xff|BM|II\*\x00|MM\x00\*|RIFF....WEBP|\x00\x00\x00\x0cJXL |\xff\x0a|8BPS|qoif", PICTURE),
    (rb"\s*<(?:.*<)?svg[\s>]", PICTURE),
    (rb"ID3|fLaC|RIFF....WAVE|FORM....AIF|MThd|#!AMR|\xff[\xe2-\xff]", SOUND),
    (
        rb"\s*#EXTM3U",
        "This is a playlist (HLS) that only names video files; upload the video file itself.",
    ),
    (
        rb"\s*<(?:.*<)?MPD[\s>]",
        "This is a playlist (DASH) that only names video files; upload the video file itself.",
    ),
    (
        rb"\s*ffconcat version",
        "This is a list of files to join (ffconcat) and not a video; upload the video file itself.",
    ),
    (
        rb"v=0\r?\n",
        "This describes a live stream (SDP) and is not a video; upload a recording of the stream.",
    ),
)
UNKNOWN = (
    "This is not a video format known here; "
    "upload MP4, MOV, MKV, WebM, AVI, MPEG, TS, FLV, WMV, Ogg, DV or an animated GIF."
)


def container_of(file: BinaryIO) -> str:
    """FFmpeg's name of the container; MediaError if the file is anything but a video container. Rewinds the file."""
    head = file.read(HEAD)
    file.seek(0)
    _refuse(head)
    found = _by_magic(head) or _is_mov(head)
    if not found and _is_text(head):  # asked first, as a text may have a G where a transport stream has its marks
        raise MediaError("This is a text file and not a video; choose another file.")
    found = found or _is_transport_stream(head)
    if not found:
        raise MediaError(UNKNOWN)
    return found


def _refuse(head: bytes) -> None:
    if not head:
        raise MediaError("The file is empty; the upload or the copy of it may have failed, try it again.")
    plain = head.removeprefix(b"\xef\xbb\xbf")
    for pattern, sentence in REFUSED:
        if re.match(pattern, plain, re.DOTALL):
            raise MediaError(sentence)


def _by_magic(head: bytes) -> str | None:
    return next((name for pattern, name in MAGIC if re.match(pattern, head, re.DOTALL)), None)


def _is_mov(head: bytes) -> str | None:
    return "mov" if head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid") else None


def _is_transport_stream(head: bytes) -> str | None:
    """Five packets in a row begin with the sync byte."""
    for size in TS_PACKETS:
        for start in range(size):
            marks = head[start::size][:5]
            if len(marks) == 5 and set(marks) == {TS_SYNC}:
                return "mpegts"
    return None


def _is_text(head: bytes) -> bool:
    try:
        text = head[: HEAD - 4].decode()  # a character may be cut in two at the end
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c.isspace() for c in text)
