"""The whole way through the library, with clips that the tests make."""

import os
import resource
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from duf import pipeline
from duf.choices import Choices
from duf.errors import MediaError
from duf.media.colour import coding, to_rgb
from duf.media.encode import CODECS, Encoder, EncodeSettings
from duf.media.frames import Plane
from duf.media.join import Container, join
from duf.media.reader import index, probe, read
from duf.pipeline import Loaded, assemble, index_assembly, load, plan, prepare, upscale_file, upscale_segment
from duf.resets import Reach, run_starts
from duf.upscaler import Rgb, Upscaler
from tests.duf.clips import Sound, Text, make, ordinal_of

UNEVEN = [300 + 512 * n + 130 * (n % 3) for n in range(40)]  # a variable rate that starts late
QUICK = Choices(EncodeSettings(preset="ultrafast", crf=10))


class Recurrent(Upscaler):
    """A toy whose picture depends on the order of all it was fed, and on `future` frames to come."""

    def __init__(self, scale: int, past: int, future: int) -> None:
        self.scale, self.past, self.future = scale, past, future

    def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
        memory: Rgb | None = None
        waiting: list[Rgb] = []
        for frame in frames:
            waiting.append(frame)
            if len(waiting) > self.future:
                memory = self.remember(memory, waiting)
                yield self.enlarged(memory)
                waiting.pop(0)
        while waiting:
            memory = self.remember(memory, waiting)
            yield self.enlarged(memory)
            waiting.pop(0)

    def remember(self, memory: Rgb | None, seen: list[Rgb]) -> Rgb:
        ahead = np.asarray(np.mean(seen, axis=0), np.float32)
        return ahead if memory is None else np.asarray(0.7 * ahead + 0.3 * memory[::-1, ::-1], np.float32)

    def enlarged(self, picture: Rgb) -> Rgb:
        return picture.repeat(self.scale, 0).repeat(self.scale, 1)


TOYS = {"past": Loaded(Recurrent(2, 3, 0), Reach(3, 0, 6)), "future": Loaded(Recurrent(2, 2, 2), Reach(2, 2, 5))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def film(folder: Path) -> Path:
    """Uneven times, a late start, B-frames, cuts, two sound tracks, of which one starts later, and chapters."""
    return make(
        folder / "film.mp4",
        frames=40,
        pts=UNEVEN,
        cuts=(9, 10, 26),
        b_frames=2,
        keyint=12,
        sounds=(Sound("eng", title="English"), Sound("fra", tone=880, rate=44100, start=0.3)),
        chapters=((0.0, 0.5, "One"), (0.5, 1.5, "Two")),
        metadata={"title": "Film", "shot on": "a phone"},
        sar=Fraction(4, 3),
        rotation=90,
        colour=(1, 1, 1, 1),
        container_options={"movie_timescale": "12800", "movflags": "use_metadata_tags"},  # a late start to the tick
    )


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder in which nothing may be left."""
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, bytes]]:
    """What is handed to the encoder: pts, duration and the bytes of each frame."""
    seen: list[tuple[int, int, bytes]] = []
    write = Encoder.write

    def spying(self: Encoder, planes: tuple[Plane, Plane, Plane], pts: int, duration: int) -> None:
        seen.append((pts, duration, b"".join(plane.tobytes() for plane in planes)))
        write(self, planes, pts, duration)

    monkeypatch.setattr(Encoder, "write", spying)
    return seen


def shown(path: Path) -> list[tuple[Fraction, int]]:
    """Time and stamped ordinal of every frame of a result."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        tick, height = stream.time_base or Fraction(1), stream.height
        frames = list(container.decode(stream))
        return [((frame.pts or 0) * tick, ordinal_of(frame.to_ndarray()[:height])) for frame in frames]


@pytest.fixture(params=["past", "future", "stream"])
def model(request: pytest.FixtureRequest) -> Loaded:
    """Two toys, and the shipped network in runs as short as theirs."""
    if request.param == "stream":
        return Loaded(load("stream", 2).upscaler, Reach(past=4, future=0, reset_every=6))
    return TOYS[request.param]


def test_one_segment_four_segments_and_one_stream_give_the_same_frames_bit_for_bit(
    film: Path, tmp_path: Path, handed: list[tuple[int, int, bytes]], model: Loaded
) -> None:
    work, found = prepare(film, 2, QUICK), index(film)
    receipt = upscale_file(work, model, tmp_path / "stream.mp4")
    streamed = handed.copy()
    assert receipt.frames == len(streamed) == 40
    assert [pts for pts, _, _ in streamed] == found.pts.tolist()

    handed.clear()
    upscale_segment(work, model, found, 0, 40, tmp_path / "whole")
    assert handed == streamed

    handed.clear()
    starts = run_starts(found.cuts, model.reach.reset_every)
    assert {9, 10, 26} <= set(starts) and len(starts) > 8
    bounds = [0, starts[2], 10, starts[-2], 40]
    segments = [tmp_path / f"segment-{start}" for start in bounds[:-1]]
    for (start, stop), segment in zip(pairwise(bounds), segments, strict=True):
        upscale_segment(work, model, found, start, stop, segment)
    assert handed == streamed

    joined = assemble(work, index_assembly(work, found), segments, tmp_path / "joined.mp4")
    assert joined.ok
    assert [time for time, _ in shown(tmp_path / "joined.mp4")] == [Fraction(pts, 12800) for pts in UNEVEN]


def test_a_stretch_is_the_same_frames_as_in_the_whole_and_begins_at_zero(
    film: Path, tmp_path: Path, handed: list[tuple[int, int, bytes]]
) -> None:
    model, work = TOYS["future"], prepare(film, 2, QUICK)
    upscale_file(work, model, tmp_path / "whole.mp4")
    whole = handed.copy()
    handed.clear()
    seconds = [(pts - UNEVEN[0]) / 12800 for pts in UNEVEN]
    receipt = upscale_file(work, model, tmp_path / "part.mp4", start=seconds[13] - 0.001, end=seconds[22])
    assert handed == whole[13:22]
    assert [time for time, _ in shown(tmp_path / "part.mp4")] == [
        Fraction(pts - UNEVEN[13], 12800) for pts in UNEVEN[13:22]
    ]
    assert receipt.ok and receipt.chapters == 1
    assert all(14 <= track["packets"] <= 20 for track in receipt.tracks)  # 0.36 s of sound


def test_a_piece_made_alone_needs_only_the_few_frames_before_it(tmp_path: Path) -> None:
    source, seen = make(tmp_path / "clip.mp4", frames=30), list[int]()

    class Counting(Recurrent):
        def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
            frames = list(frames)
            seen.append(len(frames))
            return super().upscale(frames)

    model = Loaded(Counting(2, 3, 0), Reach(3, 0, 20))
    for alone, fed in ((True, [3 + 4]), (False, [14])):
        upscale_segment(prepare(source, 2, QUICK), model, index(source), 10, 14, tmp_path / "piece", alone=alone)
        assert seen == fed
        seen.clear()


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_stretch_in_which_a_track_has_nothing_is_no_failure(tmp_path: Path, name: str) -> None:
    text = Text(codec="mov_text" if name == "a.mp4" else "subrip", lines=((0.4, 0.5, "Later"),))
    source = make(tmp_path / name, sounds=(Sound(start=0.3),), texts=(text,))
    container: Container = "mp4" if name == "a.mp4" else "matroska"
    receipt = upscale_file(
        prepare(source, 2, replace(QUICK, container=container)), load("bicubic", 2), tmp_path / "r", start=0.05, end=0.2
    )
    assert receipt.ok and receipt.tracks == []


@pytest.mark.parametrize("container", ["mp4", "matroska"])
@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_a_long_pause_shortly_before_the_end_is_kept(tmp_path: Path, container: Container, after: int) -> None:
    times = [512 * n for n in range(20)] + [512 * (100 + n) for n in range(after)]
    source = make(tmp_path / "still.mp4", frames=len(times), pts=times)
    receipt = upscale_file(prepare(source, 2, Choices(container=container)), load("bicubic", 2), tmp_path / "result")
    assert receipt.ok and receipt.duration == pytest.approx((100 + after) / 25)
    assert [float(time) for time, _ in shown(tmp_path / "result")] == pytest.approx([pts / 12800 for pts in times])
    with av.open(str(tmp_path / "result")) as container_of_result:
        assert (container_of_result.duration or 0) / 1e6 == pytest.approx((100 + after) / 25)


def test_everything_is_kept_and_the_receipt_says_so(film: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.mp4"
    receipt = upscale_file(prepare(film, 2, QUICK), load("bicubic", 2), result)
    assert (receipt.ok, receipt.frames, receipt.width, receipt.height) == (True, 40, 128, 96)
    assert [(t["codec"], t["language"], t["title"]) for t in receipt.tracks] == [
        ("aac", "eng", "English"),
        ("aac", "fra", None),
    ]
    assert receipt.worst_sync < 0.001 and receipt.worst_picture == 0
    assert shown(result) == [(Fraction(pts, 12800), n) for n, pts in enumerate(UNEVEN)]
    before, after = probe(film), probe(result)
    assert after.chapters == before.chapters and len(after.chapters) == 2
    assert (after.metadata["title"], after.metadata["shot on"]) == ("Film", "a phone")
    assert after.video.display_matrix == before.video.display_matrix and after.video.rotation == 90
    assert (after.video.colour, after.video.sample_aspect_ratio) == (before.video.colour, (4, 3))
    data = result.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_sound_stays_in_sync_to_a_millisecond_when_it_starts_late_or_has_priming(film: Path, tmp_path: Path) -> None:
    upscale_file(prepare(film, 2, QUICK), load("bicubic", 2), tmp_path / "result.mp4")
    for track in (0, 1):
        starts = [sound_times(path, track) for path in (film, tmp_path / "result.mp4")]
        assert len(starts[0]) == len(starts[1]) > 20
        assert max(abs(a - b) for a, b in zip(*starts, strict=True)) < 0.001
    assert sound_times(film, 0)[0] < 0 < 0.2 < sound_times(film, 1)[0]


def sound_times(path: Path, track: int) -> list[float]:
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        return [float(p.pts * p.time_base) for p in container.demux(stream) if p.size and p.pts is not None]


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_keeps_every_frame_at_its_time(film: Path, tmp_path: Path, codec: str) -> None:
    work = prepare(film, 2, Choices(EncodeSettings(codec)))
    assert upscale_file(work, load("bicubic", 2), tmp_path / "result.mp4").ok
    assert shown(tmp_path / "result.mp4") == [(Fraction(pts, 12800), n) for n, pts in enumerate(UNEVEN)]


@pytest.mark.parametrize(
    ("name", "recipe", "container"),
    [
        ("broadcast.ts", {"sounds": (Sound(),), "b_frames": 2}, "mp4"),
        ("old.avi", {"codec": "mpeg4", "sounds": (Sound(codec="libmp3lame"),), "time_base": Fraction(1, 25)}, "mp4"),
        ("pcm.mov", {"sounds": (Sound(codec="pcm_s16le"),), "texts": (Text(codec="mov_text"),)}, "matroska"),
        ("deep.mkv", {"codec": "libx265", "pix_fmt": "yuv420p10le", "sounds": (Sound(codec="libopus"),)}, "mp4"),
        ("ntsc.mp4", {"time_base": Fraction(1001, 30000), "pts": [*range(5, 12), 20, 21, 25, 26, 30]}, "mp4"),
        ("font.mkv", {"attachment": b"font" * 50, "texts": (Text(), Text("ger"))}, "matroska"),
        ("single.mp4", {"frames": 1, "pts": [700], "size": (16, 16)}, "mp4"),
    ],
)
def test_other_containers_come_back_whole(tmp_path: Path, name: str, recipe: dict[str, Any], container: str) -> None:
    work = prepare(make(tmp_path / name, **recipe), 2, QUICK)
    assert work.container == container
    receipt = upscale_file(work, load("bicubic", 2), tmp_path / "result")
    assert receipt.ok and receipt.frames == len(index(tmp_path / name))
    assert len(receipt.tracks) + receipt.attachments == sum(track.kept for track in work.clip.tracks)
    assert [number for _, number in shown(tmp_path / "result")] == list(range(receipt.frames))


def test_an_odd_side_is_cropped_by_a_pixel_and_told(tmp_path: Path) -> None:
    source = make(tmp_path / "odd.mkv", size=(65, 49), frames=3, codec="ffv1")
    work = prepare(source, 3, QUICK)
    assert any("195x147 has an odd side" in note and "194x146" in note for note in work.clip.notes)
    receipt = upscale_file(work, load("bicubic", 3), tmp_path / "result.mp4")
    assert (receipt.width, receipt.height) == (194, 146)


def test_untagged_colours_look_the_same_when_the_height_passes_720(tmp_path: Path) -> None:
    """Players take untagged video for BT.601 below 720 lines and for BT.709 above."""

    def red(number: int, recipe: Any) -> Any:
        return np.broadcast_to(np.array([200, 40, 40], np.uint8), (240, 320, 3)).copy()

    source = make(tmp_path / "red.mp4", size=(320, 240), frames=2, picture=red)
    upscale_file(prepare(source, 4, QUICK), load("bicubic", 4), tmp_path / "result.mp4")
    seen = next(iter(read(tmp_path / "result.mp4")))
    rgb = to_rgb(seen.planes, coding(probe(tmp_path / "result.mp4").video))
    assert rgb[480, 640] * 255 == pytest.approx([200, 40, 40], abs=3)


def test_an_error_in_the_middle_leaves_nothing(film: Path, empty: Path) -> None:
    class Failing(Recurrent):
        def upscale(self, frames: Iterable[Rgb]) -> Iterator[Rgb]:
            for number, picture in enumerate(super().upscale(frames)):
                if number == 4:
                    raise KeyboardInterrupt
                yield picture

    broken = Loaded(Failing(2, 0, 0), Reach(0, 0, 6))
    with pytest.raises(KeyboardInterrupt):
        upscale_file(prepare(film, 2, QUICK), broken, empty / "result.mp4")
    with pytest.raises(KeyboardInterrupt):
        upscale_segment(prepare(film, 2, QUICK), broken, index(film), 0, 40, empty / "segment")
    assert list(empty.iterdir()) == []


def test_a_result_that_lost_a_track_is_refused_and_thrown_away(
    film: Path, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, whole = prepare(film, 2, QUICK), join

    def losing(source: Path, segments: Any, parts: Any, *rest: Any) -> None:
        whole(source, segments, replace(parts, kept=parts.kept[1:]), *rest)

    monkeypatch.setattr(pipeline, "join", losing)
    with pytest.raises(MediaError, match="does not match its source"):
        upscale_file(work, load("bicubic", 2), empty / "result.mp4")
    assert list(empty.iterdir()) == []


def test_segments_in_the_wrong_order_or_missing_are_refused(film: Path, empty: Path) -> None:
    work, found, model = prepare(film, 2, QUICK), index(film), load("bicubic", 2)
    paths = [empty / "a", empty / "b"]
    for (start, stop), path in zip([(0, 10), (10, 40)], paths, strict=True):
        upscale_segment(work, model, found, start, stop, path)
    for wrong in (paths[::-1], paths[:1], [*paths, paths[1]]):
        with pytest.raises(MediaError, match="do not fit together"):
            assemble(work, index_assembly(work, found), wrong, empty / "result.mp4")
    assert sorted(path.name for path in empty.iterdir()) == ["a", "b"]


def test_more_segments_than_files_may_be_open_are_joined(film: Path, tmp_path: Path) -> None:
    work, found, model = prepare(film, 2, QUICK), index(film), load("bicubic", 2)
    bounds = [0, 9, 10, 26, 40]
    segments = [tmp_path / str(start) for start in bounds[:-1]]
    for (start, stop), segment in zip(pairwise(bounds), segments, strict=True):
        upscale_segment(work, model, found, start, stop, segment)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 3, limits[1]))
    try:
        assert assemble(work, index_assembly(work, found), segments, tmp_path / "result.mp4").ok
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_plan_is_about_a_minute_of_work_each_at_starts_of_runs(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, clip = index(film), probe(film)
    assert plan(found, clip, "bicubic", 2) == [(0, 40)]
    monkeypatch.setattr(pipeline, "SEGMENT_SECONDS", 10 * 64 * 48 / 1e6)
    assert plan(found, clip, "bicubic", 2) == [(0, 10), (10, 26), (26, 40)]


def test_ten_bit_is_refused_for_a_codec_that_cannot_hold_it(tmp_path: Path) -> None:
    source = make(tmp_path / "deep.mkv", frames=2, codec="libx265", pix_fmt="yuv420p10le")
    with pytest.raises(MediaError, match="choose h265 or av1"):
        prepare(source, 2, Choices(EncodeSettings("vp9")))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_the_shape_of_the_pixels_is_kept_or_refused_before_the_start(
    tmp_path: Path, codec: str, container: Container
) -> None:
    source = make(tmp_path / "wide.mp4", frames=2, sar=Fraction(16, 15))
    if codec in ("av1", "vp9") and container == "matroska":
        with pytest.raises(MediaError, match="choose h264 or h265"):
            prepare(source, 2, Choices(EncodeSettings(codec), container))
    else:
        work = prepare(source, 2, Choices(EncodeSettings(codec), container))
        assert upscale_file(work, load("bicubic", 2), tmp_path / "result").sample_aspect_ratio == (16, 15)


def test_nothing_is_dropped_to_fit_a_container_that_was_named(tmp_path: Path) -> None:
    styled = make(tmp_path / "a.mkv", frames=3, texts=(Text(lines=((0, 0.1, "<i>so</i>"),)),))
    sound = make(tmp_path / "b.mkv", frames=3, sounds=(Sound(codec="pcm_s16le"),))
    for source in (styled, sound):
        assert prepare(source, 2, QUICK).container == "matroska"
        with pytest.raises(MediaError, match="choose Matroska"):
            prepare(source, 2, replace(QUICK, container="mp4"))
