"""The container by its first bytes."""

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest

from duf.errors import MediaError
from duf.media.sniff import container_of
from tests.duf.clips import make

AVI = {"time_base": Fraction(1, 25)}


@pytest.mark.parametrize(
    ("name", "container", "recipe"),
    [
        ("a.mp4", "mov", {}),
        ("a.mov", "mov", {}),
        ("a.3gp", "mov", {}),
        ("a.mkv", "matroska", {}),
        ("a.webm", "matroska", {"codec": "libvpx"}),
        ("a.avi", "avi", AVI),
        ("a.ts", "mpegts", {}),
        ("a.m2ts", "mpegts", {"container_options": {"mpegts_m2ts_mode": "1"}}),
        ("a.mpg", "mpeg", {"codec": "mpeg2video", **AVI}),
        ("a.flv", "flv", {}),
        ("a.wmv", "asf", {"codec": "wmv2"}),
        ("a.ogv", "ogg", {"codec": "libvpx"}),
        ("a.gif", "gif", {"codec": "gif", "pix_fmt": "rgb8"}),
        ("a.y4m", "yuv4mpegpipe", {"codec": "wrapped_avframe", **AVI}),
    ],
)
def test_a_container_is_known_by_its_bytes_alone(
    tmp_path: Path, name: str, container: str, recipe: dict[str, object]
) -> None:
    make(tmp_path / name, frames=4, **recipe).rename(tmp_path / "nameless")
    with (tmp_path / "nameless").open("rb") as file:
        assert container_of(file) == container
        assert file.tell() == 0


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\xef\xbb\xbf#EXTM3U\n", "HLS"),
        (b"  \n#EXTM3U\n", "HLS"),
        (b"<MPD>", "DASH"),
        (b"<!DOCTYPE svg>\n<svg>", "picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "still picture"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "still picture"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, "still picture"),
        (b"\0\0\0\x18ftypavif" + b"\0" * 100, "still picture"),
        (b"ID3\x03" + b"\0" * 1000, "only sound"),
        (b"RIFF\0\0\0\0WAVEfmt ", "only sound"),
        (b"\0" * 5000, "not a video format"),
        (b"G" + b"\0" * 100, "not a video format"),
        (("G" + "a" * 187).encode() * 40, "text file"),
        ("ä".encode() * 5000, "text file"),
    ],
)
def test_everything_else_is_refused(head: bytes, words: str) -> None:
    with pytest.raises(MediaError, match=words):
        container_of(BytesIO(head))


def test_a_long_run_of_brackets_is_refused_quickly() -> None:
    with pytest.raises(MediaError):
        container_of(BytesIO(b"<!---->" * 5000))
