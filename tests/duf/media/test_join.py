from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest

from duf.choices import Choices
from duf.errors import MediaError
from duf.media.encode import EncodeSettings
from duf.media.facts import Clip, Track, VideoFacts
from duf.media.join import (
    MATROSKA_SOUND,
    MATROSKA_SUBTITLES,
    Assembly,
    Container,
    assembly,
    container_for,
    join,
    why_not_mp4_at_sight,
)
from duf.media.mux import decoding_times
from duf.media.reader import index, probe
from duf.media.receipt import Receipt
from duf.pipeline import load, prepare, upscale_file, upscale_segment
from tests.duf.clips import MASTERING, Sound, Text, make, promising_sound

QUICK = Choices(EncodeSettings(preset="ultrafast", crf=10))


def upscaled(source: Path, container: Container | None = None) -> tuple[Path, Receipt]:
    result = source.with_name("result")
    return result, upscale_file(prepare(source, 2, replace(QUICK, container=container)), load("bicubic", 2), result)


def lines(path: Path, track: int = 0) -> list[tuple[float, float, bytes]]:
    """Start, end and payload of every line of a text track."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(container.streams.subtitles[track]) if packet.size > 2]
        return [
            (float((p.pts or 0) * p.time_base), float(((p.pts or 0) + (p.duration or 0)) * p.time_base), bytes(p))
            for p in packets
        ]


@pytest.mark.parametrize(
    ("order", "delay"),
    [([0, 1, 2, 3], 0), ([0, 3, 1, 2, 6, 4, 5], 1), ([0, 4, 2, 1, 3, 8, 6, 5, 7], 2)],
)
def test_decoding_times_rise_and_are_never_after_the_picture_is_shown(order: Sequence[int], delay: int) -> None:
    pts = np.cumsum([100, *[512 + 60 * (n % 3) for n in range(len(order) - 1)]])
    times = decoding_times(np.array(order), pts, 512)
    assert (np.diff(times) > 0).all()
    assert (times <= pts[list(order)]).all()
    assert times[delay] == pts[0] and (delay == 0 or times[0] < pts[0])


def test_subrip_becomes_mp4_text_with_the_same_words_and_times(tmp_path: Path) -> None:
    said = ((0.04, 0.2, "Grüße, Jürgen"), (0.28, 0.4, "zwei\nZeilen"))
    result, receipt = upscaled(make(tmp_path / "a.mkv", texts=(Text("ger", lines=said),)))
    assert receipt.container == "mp4" and receipt.tracks[0]["language"] == "ger"
    framed = [(start, end, len(text.encode()).to_bytes(2, "big") + text.encode()) for start, end, text in said]
    assert [(round(start, 3), round(end, 3), text) for start, end, text in lines(result)] == framed


def test_mp4_text_becomes_subrip_when_another_track_needs_matroska(tmp_path: Path) -> None:
    said = ((0.04, 0.2, "Hello"), (0.28, 0.4, "you"))
    source = make(tmp_path / "a.mov", texts=(Text(codec="mov_text", lines=said),), sounds=(Sound(codec="pcm_s16le"),))
    result, receipt = upscaled(source)
    assert receipt.container == "matroska"
    assert [(round(a, 2), round(b, 2), text.decode()) for a, b, text in lines(result)] == list(said)


@pytest.mark.parametrize(
    ("name", "picture", "sound"),
    [("old.avi", "mpeg4", "pcm_alaw"), ("old.mov", "libx264", "pcm_s8"), ("old.flv", "flv", "adpcm_swf")],
)
def test_sound_that_no_container_holds_is_told_before_the_start_and_all_else_is_kept(
    tmp_path: Path, name: str, picture: str, sound: str
) -> None:
    source = make(tmp_path / name, codec=picture, time_base=Fraction(1, 25), sounds=(Sound(codec=sound, rate=22050),))
    work = prepare(source, 2, QUICK)
    assert any(f"({sound}) is not kept" in note for note in work.clip.notes)
    _, receipt = upscaled(source)
    assert (receipt.ok, receipt.container, receipt.frames, receipt.tracks) == (True, "mp4", 12, [])


@pytest.mark.parametrize(
    ("tracks", "what"),
    [
        ([Track(1, "audio", "pcm_s16le"), Track(2, "subtitle", "ass")], "uncompressed sound (pcm_s16le)"),
        ([Track(1, "audio", "pcm_alaw", kept=False), Track(2, "audio", "dts")], "sound (dts)"),
        ([Track(1, "audio", "aac"), Track(2, "audio", "pcm_f32le")], "uncompressed sound track 2 (pcm_f32le)"),
        ([Track(1, "audio", "aac"), Track(2, "subtitle", "ass")], "subtitles (ass)"),
        ([Track(1, "attachment", "ttf"), Track(2, "attachment", "ttf")], "attachment track 1 (ttf)"),
    ],
)
def test_what_mp4_cannot_hold_is_called_as_people_call_it(tracks: list[Track], what: str) -> None:
    clip = Clip("matroska", 1.0, VideoFacts(0, "h264", 16, 16, "yuv420p", "yuv420p", (1, 25)), tracks)
    assert why_not_mp4_at_sight(clip) == f"MP4 cannot hold the {what}"


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_a_timecode_is_told_and_stops_nothing(tmp_path: Path, name: str, container: Container) -> None:
    source = make(tmp_path / name, frames=3, timecode="01:00:00:00", sounds=(Sound(),), chapters=((0, 0.1, "One"),))
    assert any(
        "(from 01:00:00:00)" in note for note in prepare(source, 2, replace(QUICK, container=container)).clip.notes
    )
    _, receipt = upscaled(source, container)
    assert receipt.ok and receipt.chapters == 1


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_a_short_picture_with_longer_sound_is_as_long_as_it_was(
    tmp_path: Path, frames: int, container: Container
) -> None:
    source = make(tmp_path / "a.mkv", frames=frames, sounds=(Sound(),))
    assert probe(source).video.duration == pytest.approx(frames / 25)
    _, receipt = upscaled(source, container)
    assert receipt.ok and receipt.duration == pytest.approx(frames / 25)


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_sound_of_packets_whose_length_nothing_says_is_copied_to_the_last(tmp_path: Path, container: Container) -> None:
    source = make(tmp_path / "a.mkv", sounds=(Sound(codec="alac"),))
    _, receipt = upscaled(source, container)
    assert receipt.ok and receipt.tracks[0]["packets"] == 6


@pytest.mark.parametrize(
    "chapters",
    [((0.1, 0.2, "Late"),), ((0, 0.1, "One"), (0.2, 0.3, "A gap later")), ((0, 0.3, "One"), (0.2, 0.4, "Meanwhile"))],
)
def test_chapters_that_do_not_adjoin_are_kept_in_matroska(
    tmp_path: Path, chapters: Sequence[tuple[float, float, str]]
) -> None:
    source = make(tmp_path / "a.mkv", chapters=chapters)
    result, receipt = upscaled(source)
    assert (receipt.ok, receipt.container) == (True, "matroska")
    assert probe(result).chapters == probe(source).chapters
    with pytest.raises(MediaError, match="choose Matroska"):
        prepare(source, 2, replace(QUICK, container="mp4"))


def test_a_long_chapter_fits_beside_sound_of_two_rates(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", sounds=(Sound(), Sound(rate=44100)), chapters=((0, 7200, "The whole film"),))
    result, receipt = upscaled(source, "mp4")
    assert receipt.ok and probe(result).chapters == probe(source).chapters


def test_a_sound_track_that_is_announced_and_never_comes_is_told(tmp_path: Path) -> None:
    source = promising_sound(tmp_path / "a.ts")
    assert "no sound was found" in prepare(source, 2, QUICK).clip.notes[0]
    assert upscaled(source)[1].ok


def test_ffmpeg_takes_into_matroska_what_is_said_to_fit() -> None:
    output = av.open(BytesIO(), "w", format="matroska")
    for codec in MATROSKA_SOUND | MATROSKA_SUBTITLES:
        output.add_mux_stream(codec)  # ValueError for what it does not take


@pytest.mark.parametrize("said", [((0.0, 0.2, "<i>slanted</i>"),), ((0.0, 0.3, "one"), (0.1, 0.4, "at the same time"))])
def test_text_that_mp4_would_change_stays_in_matroska_untouched(
    tmp_path: Path, said: tuple[tuple[float, float, str], ...]
) -> None:
    source = make(tmp_path / "a.mkv", texts=(Text(lines=said),))
    assert container_for(source, probe(source)) == "matroska"
    result, _ = upscaled(source)
    assert lines(result) == lines(source)


def test_a_film_that_begins_before_zero_loses_no_frame(tmp_path: Path) -> None:
    options = {"avoid_negative_ts": "disabled", "use_editlist": "0"}
    source = make(tmp_path / "a.mp4", pts=[512 * n - 1024 for n in range(12)], container_options=options)
    _, receipt = upscaled(source)
    assert receipt.ok and receipt.frames == len(index(source))


def test_a_broadcast_clock_starts_at_zero_with_sound_and_picture_together(tmp_path: Path) -> None:
    source = make(tmp_path / "a.ts", sounds=(Sound(),), b_frames=2, container_options={"output_ts_offset": "3600"})
    assert index(source).pts[0] >= 3600 * 90000
    result, receipt = upscaled(source)
    assert receipt.worst_sync < 0.001
    with av.open(str(result)) as container:
        assert container.start_time is not None and abs(container.start_time) < 100_000  # microseconds


@pytest.mark.parametrize("name", ["a.ts", "a.mkv", "a.mp4"])
@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001)])
def test_matroska_is_told_how_many_frames_a_second_it_has(tmp_path: Path, name: str, rate: Fraction) -> None:
    """From clocks of 90,000, 1,000 and 12,800 ticks a second."""
    times = [round(12800 * n / rate) for n in range(12)]
    result, _ = upscaled(make(tmp_path / name, pts=times), "matroska")
    with av.open(str(result)) as container:
        told = container.streams.video[0].average_rate
    assert told is not None and float(told) == pytest.approx(float(rate), rel=0.02)


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_static_hdr_metadata_depth_and_tags_arrive(tmp_path: Path, container: Container) -> None:
    options = {"x265-params": f"log-level=none:master-display={MASTERING}:max-cll=1000,400"}
    source = make(
        tmp_path / "a.mp4", frames=3, codec="libx265", pix_fmt="yuv420p10le", colour=(9, 16, 9, 1), options=options
    )
    result, _ = upscaled(source, container)
    before, after = probe(source).video, probe(result).video
    assert before.hdr is not None and before.hdr.max_cll == 1000
    assert (after.hdr, after.colour, after.format) == (before.hdr, before.colour, "yuv420p10le")


def test_matroska_rounds_to_the_millisecond_and_no_more(tmp_path: Path) -> None:
    uneven = [300 + 512 * n + 130 * (n % 3) for n in range(12)]
    source = make(tmp_path / "a.mp4", pts=uneven, sounds=(Sound(), Sound("fra", start=0.1)), b_frames=2)
    _, receipt = upscaled(source, "matroska")
    assert receipt.ok and receipt.worst_picture <= 0.001 and receipt.worst_sync <= 0.0015


def test_a_full_disk_is_an_os_error(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", frames=4)
    found, clip = index(source), probe(source)
    work = prepare(source, 2, QUICK)
    upscale_segment(work, load("bicubic", 2), found, 0, 4, tmp_path / "segment")
    parts = assembly(clip, "matroska", found.pts, found.duration)
    with pytest.raises(OSError, match="No space left"):
        join(source, [tmp_path / "segment"], parts, Path("/dev/full"))


def test_an_assembly_survives_json() -> None:
    parts = Assembly("mp4", (1, 1000), [0, 40], [40, 40], [1, 2], 0, False, (1, 0, 0, 0, 1, 0, 0, 0, 1), (4, 3))
    assert Assembly.from_json(parts.to_json()) == parts
