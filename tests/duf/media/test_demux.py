"""Each option that keeps FFmpeg inside the file, by its effect: a misspelt one would be ignored silently."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import av
import pytest

from duf.media.demux import Source, container_options, decoder_options, opened
from duf.media.facts import Limits
from tests.duf.clips import make, promising_sound
from tests.duf.hostile import Canaries, canaries, external_reference, ffconcat, hls, many_tracks, pictures_in_mov, png


@pytest.fixture
def birds(tmp_path: Path) -> Iterator[Canaries]:
    with canaries(tmp_path) as found:
        yield found


def options(name: str = "mov", *without: str) -> dict[str, str]:
    return {key: value for key, value in container_options(name, Limits()).items() if key not in without}


def test_format_whitelist_keeps_other_formats_out(birds: Canaries) -> None:
    data = ffconcat(str(birds.file))
    av.open(BytesIO(data), container_options={"safe": "0", "protocol_whitelist": "file"}, format="concat").close()
    assert birds.song()  # so it would go
    with pytest.raises(av.error.FFmpegError):
        av.open(Source(BytesIO(data)), format="concat", container_options={**options("mov"), "safe": "0"})
    assert birds.song() == []


@pytest.mark.parametrize("where", ["url", "file"])
def test_protocol_whitelist_keeps_everything_else_shut(birds: Canaries, where: str) -> None:
    target = f"{birds.url}/clip.ts" if where == "url" else str(birds.file)
    naive = {"allowed_extensions": "ALL", "protocol_whitelist": "file,http,tcp"}
    with (
        pytest.raises(av.error.FFmpegError)
        if where == "url"
        else av.open(BytesIO(hls(target)), format="hls", container_options=naive)
    ):
        av.open(BytesIO(hls(target)), format="hls", container_options=naive)
    assert birds.song()
    with pytest.raises(av.error.FFmpegError):
        av.open(Source(BytesIO(hls(target))), format="hls", container_options=options("hls", "format_whitelist"))
    assert birds.song() == []


@pytest.mark.parametrize("missing", ["enable_drefs", "use_absolute_path", "protocol_whitelist"])
def test_a_mov_does_not_read_its_pictures_from_another_file(tmp_path: Path, birds: Canaries, missing: str) -> None:
    clip = external_reference(tmp_path / "a.mov", make(tmp_path / "plain.mov"), birds.file)
    naive = {"enable_drefs": "1", "use_absolute_path": "1", "protocol_whitelist": "file"}
    with clip.open("rb") as file, av.open(Source(file), format="mov", container_options=naive):
        assert birds.song()
    safe = {**naive, missing: options()[missing]}  # each of the three is enough by itself
    with clip.open("rb") as file, av.open(Source(file), format="mov", container_options=safe):
        assert birds.song() == []


def test_codec_whitelist_keeps_other_decoders_shut(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.avi", codec="snow", options={"strict": "-2"})
    with av.open(str(clip)) as container:
        assert next(container.decode(video=0)).width == 64
    with av.open(str(clip)) as container:
        container.streams.video[0].codec_context.options = decoder_options(Limits())
        with pytest.raises(av.error.FFmpegError):
            next(container.decode(video=0))


def test_codec_whitelist_holds_while_the_file_is_looked_at(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.avi", codec="snow", options={"strict": "-2"})

    def pix_fmt(**container: str) -> str | None:
        with av.open(str(clip), container_options=container) as opened_clip:
            return opened_clip.streams.video[0].codec_context.pix_fmt

    assert pix_fmt() == "yuv420p"
    assert pix_fmt(codec_whitelist=options()["codec_whitelist"]) is None


def test_max_streams_stops_the_counting(tmp_path: Path) -> None:
    clip = many_tracks(tmp_path / "a.mkv", 80)
    with clip.open("rb") as file, av.open(Source(file), container_options=options("matroska", "max_streams")) as whole:
        assert len(whole.streams) == 80
    with clip.open("rb") as file, av.open(Source(file), container_options=options("matroska")) as part:
        assert len(part.streams) == 64


class CountingSource(Source):
    """A source that knows how much was read of it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.count, self._read, self.read = 0, file.read, self._counted

    def _counted(self, size: int) -> bytes:
        data = self._read(size)
        self.count += len(data)
        return data


@pytest.mark.parametrize(("key", "little"), [("probesize", "3000"), ("analyzeduration", "1000")])
def test_looking_at_a_file_ends_at_its_bounds(tmp_path: Path, key: str, little: str) -> None:
    clip = promising_sound(tmp_path / "a.ts")  # FFmpeg would look for the sound until the end of the file
    usual = options("mpegts")

    def looked_at(container: dict[str, str]) -> int:
        with clip.open("rb") as file:
            source = CountingSource(file)
            av.open(source, format="mpegts", container_options=container, buffer_size=4096).close()
            return source.count

    assert looked_at({**usual, key: little}) < looked_at(usual)
    assert int(usual[key]) <= 10_000_000


def test_max_pixels_stops_the_decoder_before_it_allocates(tmp_path: Path) -> None:
    clip = pictures_in_mov(tmp_path / "a.mov", png(12288, 12288))
    with clip.open("rb") as file, opened(file, Limits()) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = decoder_options(Limits())
        with pytest.raises(av.error.FFmpegError):
            next(container.decode(stream))


def test_max_pixels_holds_while_the_file_is_looked_at(tmp_path: Path) -> None:
    clip = pictures_in_mov(tmp_path / "a.mov", png(4096, 4096))
    with clip.open("rb") as file, opened(file, Limits(pixels=1 << 20)) as container:
        assert container.streams.video[0].codec_context.pix_fmt is None
    with clip.open("rb") as file, opened(file, Limits(pixels=1 << 24)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "monob"


def test_the_file_has_no_name(tmp_path: Path) -> None:
    with make(tmp_path / "secret-name.mp4").open("rb") as file, opened(file, Limits()) as container:
        assert "secret" not in container.name
