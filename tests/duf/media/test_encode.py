import errno
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.sidedata.sidedata import Type

from duf.errors import MediaError
from duf.media.encode import CODECS, Encoder, EncodeSettings, after_each_other
from duf.media.facts import Colour, Hdr, VideoFacts
from duf.processes import REAL_TIME

VIDEO = VideoFacts(0, "h264", 64, 48, "yuv420p", "yuv420p", (1, 90000))
TIMES = [-5000 + 3600 * n + 50 * (n % 3) for n in range(20)]  # an uneven rate that begins before zero
HDR = Hdr((34000, 16000), (13250, 34500), (7500, 3000), (15635, 16450), (50, 10000000), 1000, 400)


def encode(path: Path, video: VideoFacts, settings: EncodeSettings, times: list[int] = TIMES) -> list[av.VideoFrame]:
    kind: Any = np.uint8 if video.bit_depth == 8 else np.uint16
    chroma = np.full((video.height // 2, video.width // 2), 100, kind)
    with Encoder(path, video, settings) as encoder:
        for n, pts in enumerate(times):
            encoder.write((np.full((video.height, video.width), 20 + n * 9, kind), chroma, chroma), pts, 3600)
    with av.open(str(path), format="nut") as result:
        return list(result.decode(video=0))


def sides(frame: av.VideoFrame) -> list[Type]:
    container: Any = frame.side_data
    return [side.type for side in container]


@pytest.mark.parametrize("codec", CODECS)
def test_every_frame_comes_back_at_its_own_time(tmp_path: Path, codec: str) -> None:
    frames = encode(tmp_path / "a.nut", VIDEO, EncodeSettings(codec))
    assert [frame.pts for frame in frames] == [pts - TIMES[0] for pts in TIMES]
    assert frames[0].time_base == Fraction(1, 90000)
    lumas = [float(frame.to_ndarray()[:48].mean()) for frame in frames]
    assert lumas == pytest.approx([20 + n * 9 for n in range(20)], abs=3)


@pytest.mark.parametrize("codec", CODECS)
def test_no_encoder_comes_before_everything_on_the_machine(tmp_path: Path, codec: str) -> None:
    planes = tuple(np.zeros(size, np.uint8) for size in [(48, 64), (24, 32), (24, 32)])
    with Encoder(tmp_path / "a.nut", VIDEO, EncodeSettings(codec)) as encoder:
        encoder.write(planes, 0, 3600)
        threads = [int(task.name) for task in Path("/proc/self/task").iterdir()]
        assert not REAL_TIME & {os.sched_getscheduler(thread) for thread in threads}


@pytest.mark.parametrize("codec", ["h264", "h265", "av1"])
def test_ten_bit_hdr_keeps_its_depth_tags_and_static_metadata(tmp_path: Path, codec: str) -> None:
    colour = Colour(primaries=9, transfer=16, matrix=9, range=1, location="topleft")
    video = replace(VIDEO, height=64, format="yuv420p10le", colour=colour, hdr=HDR)
    frame = encode(tmp_path / "a.nut", video, EncodeSettings(codec), TIMES[:3])[0]
    assert frame.format.name == "yuv420p10le"
    assert (frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range) == (9, 16, 9, 1)
    kinds = {kind.name for kind in sides(frame)}
    assert {"MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"} <= kinds


def test_untagged_stays_untagged_and_full_range_stays_full(tmp_path: Path) -> None:
    frame = encode(tmp_path / "a.nut", VIDEO, EncodeSettings(), TIMES[:2])[0]
    assert (frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range) == (2, 2, 2, 0)
    full = replace(VIDEO, colour=Colour(range=2))
    assert encode(tmp_path / "b.nut", full, EncodeSettings(), TIMES[:2])[0].color_range == 2


def test_anamorphic_pixels_are_kept(tmp_path: Path) -> None:
    encode(tmp_path / "a.nut", replace(VIDEO, sample_aspect_ratio=(4, 3)), EncodeSettings(), TIMES[:2])
    with av.open(str(tmp_path / "a.nut"), format="nut") as result:
        assert result.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_fewest_frames_are_encoded_every_time(tmp_path: Path, codec: str, count: int) -> None:
    for _ in range(10):
        for size in range(1000, 200_000, 1000):  # an encoder that reads what it has not written finds this
            os.urandom(size)
        frames = encode(tmp_path / "a.nut", VIDEO, EncodeSettings(codec), TIMES[:count])
        assert [frame.pts for frame in frames] == [pts - TIMES[0] for pts in TIMES[:count]]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [(32, 32), (1280, 32), (16, 16)])
def test_tiny_and_thin_pictures_are_encoded(tmp_path: Path, codec: str, size: tuple[int, int]) -> None:
    video = replace(VIDEO, width=size[0], height=size[1])
    assert len(encode(tmp_path / "a.nut", video, EncodeSettings(codec), TIMES[:1])) == 1


@pytest.mark.parametrize(("codec", "name"), [("h264", b"rc_lookahead"), ("h265", b"rc-lookahead")])
def test_of_very_large_pictures_few_are_held_to_plan_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str, name: bytes
) -> None:
    encode(tmp_path / "small.nut", VIDEO, EncodeSettings(codec), TIMES[:2])
    monkeypatch.setattr("duf.media.encode.LARGE", 1000)
    encode(tmp_path / "large.nut", VIDEO, EncodeSettings(codec), TIMES[:2])
    small, large = ((tmp_path / file).read_bytes() for file in ("small.nut", "large.nut"))
    assert name + b"=5" in large and name + b"=5" not in small
    encode(tmp_path / "quick.nut", VIDEO, EncodeSettings(codec, preset="superfast"), TIMES[:2])  # takes no such word


def test_h264_can_be_written_faster(tmp_path: Path) -> None:
    for codec in ("h264", "h264fast"):
        encode(tmp_path / codec, VIDEO, EncodeSettings(codec), TIMES[:2])
    usual, fast = ((tmp_path / codec).read_bytes() for codec in ("h264", "h264fast"))  # x264 writes down its options
    assert b"mbtree=1 crf=16.0" in usual and b"mbtree=0 crf=17.0" in fast


@pytest.mark.parametrize("codec", ["h264", "h264fast"])
def test_two_segments_have_equal_headers(tmp_path: Path, codec: str) -> None:
    headers = []
    for number in (1, 2):
        encode(tmp_path / f"{number}.nut", VIDEO, EncodeSettings(codec, threads=number), TIMES[: 3 * number])
        with av.open(str(tmp_path / f"{number}.nut"), format="nut") as result:
            headers.append(result.streams.video[0].codec_context.extradata)
    assert headers[0] == headers[1]


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"codec": "divx"}, "choose one of h264, h264fast, h265, av1, vp9"),
        ({"crf": 99}, "0 to 51"),
        ({"codec": "av1", "preset": "veryfast"}, "one of 0, 1, 2"),
        ({"codec": "h264fast", "preset": "slow"}, "h264fast has no preset 'slow'"),
    ],
)
def test_what_a_codec_cannot_do_is_refused_in_a_sentence(choice: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MediaError, match=sentence):
        EncodeSettings(**choice)


def test_what_an_encoder_cannot_hold_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="choose h265 or av1"):
        Encoder(tmp_path / "a.nut", replace(VIDEO, format="yuv420p10le"), EncodeSettings("vp9"))
    with pytest.raises(MediaError, match="cannot encode a picture of 2x2"):
        encode(tmp_path / "a.nut", replace(VIDEO, width=2, height=2), EncodeSettings("h265"), [0])


def test_a_full_disk_is_told_apart_from_a_bad_picture() -> None:
    noise = np.random.default_rng(0)
    with pytest.raises(OSError) as caught, Encoder(Path("/dev/full"), VIDEO, EncodeSettings(crf=0)) as encoder:
        for n in range(200):
            luma, chroma = noise.integers(0, 255, (48, 64), np.uint8), np.zeros((24, 32), np.uint8)
            encoder.write((luma, chroma, chroma), n, 1)
    assert caught.value.errno == errno.ENOSPC


def test_the_same_frames_give_the_same_file(tmp_path: Path) -> None:
    rng, video = np.random.default_rng(1), replace(VIDEO, height=64, average_rate=(25, 1))
    noise = [cv2.GaussianBlur(rng.integers(0, 256, (64, 64, 3), np.uint8), (0, 0), 1.5) for _ in TIMES[:11]]
    pictures = [cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).ravel() for picture in noise]

    def encoded(number: int) -> bytes:
        path = tmp_path / f"{number}.nut"
        with Encoder(path, video, EncodeSettings(threads=2)) as encoder:
            for samples, pts in zip(pictures, TIMES, strict=False):
                y, u, v = np.split(samples, (64 * 64, 64 * 64 * 5 // 4))
                encoder.write((y.reshape(64, 64), u.reshape(32, 32), v.reshape(32, 32)), pts, 3600)
        return path.read_bytes()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(encoded, range(100)))) == 1


def test_settings_survive_json() -> None:
    settings = EncodeSettings("av1", 30, "6", 2)
    assert EncodeSettings.from_json(settings.to_json()) == settings


def test_planes_that_lie_after_each_other_are_not_copied() -> None:
    whole = np.arange(24, dtype=np.uint8)
    y, u, v = whole[:16].reshape(4, 4), whole[16:20].reshape(2, 2), whole[20:].reshape(2, 2)
    assert after_each_other((y, u, v)) is whole
    for apart in ((y, u, v.copy()), (y.copy(), u, v), (y[:2], u, v)):
        assert after_each_other(apart).tolist() == [sample for plane in apart for sample in plane.ravel()]
