"""Every frame comes back, the last ones too, each at its own time."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from duf.errors import MediaError
from duf.media import Frame, index, poster, probe, read
from duf.media.interlace import combed_share
from tests.duf.clips import Recipe, Sound, Text, flv_timestamps, make, moving, ordinal_of, picture

EVEN = [512 * n for n in range(12)]


def ordinals(frames: list[Frame]) -> list[int]:
    return [ordinal_of(frame.planes[0]) for frame in frames]


def facts(frames: list[Frame]) -> list[tuple[int, int, bool, int]]:
    return [(frame.pts, frame.duration, frame.cut, frame.crc) for frame in frames]


@pytest.mark.parametrize(
    ("name", "recipe", "pts"),
    [
        ("plain.mp4", {}, EVEN),
        ("b-frames.mp4", {"b_frames": 2, "frames": 13}, [512 * n for n in range(13)]),
        ("variable.mp4", {"frames": 6, "pts": [0, 512, 1024, 3000, 3500, 9000]}, [0, 512, 1024, 3000, 3500, 9000]),
        ("late.mp4", {"shift": 6400}, [6400 + pts for pts in EVEN]),
        ("late.mkv", {"shift": 6400}, [500 + 40 * n for n in range(12)]),
        ("one.mp4", {"frames": 1}, [0]),
        ("stream.ts", {"b_frames": 2}, [7200 + 3600 * n for n in range(12)]),  # MPEG-TS starts late
        ("hevc.mkv", {"codec": "libx265", "b_frames": 2}, [40 * n for n in range(12)]),
        ("vp9.webm", {"codec": "libvpx-vp9"}, [40 * n for n in range(12)]),
        ("dvd.mpg", {"codec": "mpeg2video", "b_frames": 2, "time_base": Fraction(1, 25)}, None),
        ("old.avi", {"codec": "mpeg4", "b_frames": 2, "time_base": Fraction(1, 25)}, None),
    ],
)
def test_every_frame_comes_back_at_its_own_time(
    tmp_path: Path, name: str, recipe: dict[str, Any], pts: list[int] | None
) -> None:
    frames = list(read(make(tmp_path / name, **recipe)))
    assert ordinals(frames) == list(range(len(Recipe(**recipe).times)))
    assert [frame.ordinal for frame in frames] == ordinals(frames)
    if pts is not None:
        assert [frame.pts for frame in frames] == pts


def test_what_an_edit_list_cuts_away_is_not_shown(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mp4", shift=-1536, container_options={"avoid_negative_ts": "disabled"})
    frames = list(read(clip))
    assert ordinals(frames) == list(range(3, 12))
    assert [frame.pts for frame in frames] == EVEN[:9]


def test_a_frame_lasts_until_the_next_one(tmp_path: Path) -> None:
    frames = list(read(make(tmp_path / "a.mp4", frames=4, pts=[0, 512, 3000, 3500])))
    assert [frame.duration for frame in frames][:3] == [512, 2488, 500]
    assert frames[3].duration > 0


def test_broken_timestamps_are_repaired_and_told(tmp_path: Path) -> None:
    clip = flv_timestamps(tmp_path / "b.flv", make(tmp_path / "a.flv"), [0, 40, 40, 40, 160, 100, 240])
    found = index(clip)
    assert found.pts.tolist() == [40 * n for n in range(12)]
    assert found.repaired == 3
    assert found.notes == ["Missing, doubled or backward timestamps are repaired (3 frames)."]
    assert ordinals(list(read(clip, start=7, index=found))) == [7, 8, 9, 10, 11]


def test_times_that_run_backwards_all_along_still_increase(tmp_path: Path) -> None:
    found = index(make(tmp_path / "a.avi", b_frames=2, time_base=Fraction(1, 25)))  # FFmpeg guesses these times wrongly
    assert len(found) == 12
    assert (np.diff(found.pts) > 0).all()
    assert found.repaired


@pytest.mark.parametrize("size", [(16, 16), (640, 16), (63, 47), (65, 48), (16, 2)])
def test_any_size_comes_back_as_it_is(tmp_path: Path, size: tuple[int, int]) -> None:
    clip = make(tmp_path / "a.mkv", size=size, codec="ffv1", frames=3)
    frames = list(read(clip))
    width, height = size
    half = ((height + 1) // 2, (width + 1) // 2)
    assert [plane.shape for plane in frames[2].planes] == [(height, width), half, half]
    assert len(frames) == 3


def test_samples_come_back_exactly(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mkv", codec="ffv1", size=(63, 47), frames=2)
    with av.open(str(clip)) as container:
        for frame, expected in zip(read(clip), container.decode(video=0), strict=True):
            for plane, known in zip(frame.planes, expected.planes, strict=True):
                rows = np.frombuffer(memoryview(known), np.uint8).reshape(known.height, known.line_size)
                assert (plane == rows[:, : known.width]).all()


def test_ten_bit_stays_ten_bit(tmp_path: Path) -> None:
    frames = list(read(make(tmp_path / "a.mkv", codec="ffv1", pix_fmt="yuv420p10le", frames=2)))
    assert frames[0].planes[0].dtype == np.uint16
    assert 256 < frames[0].planes[0].max() < 1024
    assert ordinals(frames) == [0, 1]


def test_full_range_samples_keep_their_values(tmp_path: Path) -> None:
    def ramp(_: int, __: Recipe) -> NDArray[np.uint8]:
        return np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], 48, 0).repeat(3, 2)

    clip = make(
        tmp_path / "a.avi", codec="mjpeg", pix_fmt="yuvj422p", time_base=Fraction(1, 25), picture=ramp, frames=1
    )
    luma = next(read(clip)).planes[0]
    assert luma.min() <= 3 and luma.max() >= 252


@pytest.mark.parametrize("matrix", [8, 10, 14])  # YCgCo, BT.2020 of constant luminance, ICtCp
def test_a_colour_matrix_that_the_scaler_does_not_know_is_kept(tmp_path: Path, matrix: int) -> None:
    clip = make(tmp_path / "a.mkv", pix_fmt="yuv422p", colour=(9, 18, matrix, 1), frames=3)
    assert ordinals(list(read(clip))) == [0, 1, 2]
    assert probe(clip).video.colour.matrix == matrix


def test_interlaced_pictures_are_deinterlaced(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mkv", interlaced=True, size=(96, 96))
    found, frames = index(clip), list(read(clip))
    assert ordinals(frames) == list(range(12))
    assert found.deinterlaced == 12
    assert combed_share(picture(5, Recipe(interlaced=True, size=(96, 96)))[..., 1]) > 0.05
    assert max(combed_share(frame.planes[0][16:]) for frame in frames) < 0.02
    assert ordinals(list(read(clip, start=7, stop=9, index=found))) == [7, 8]


@pytest.mark.parametrize("flagged", [True, False])
def test_interlaced_pictures_stay_so_if_asked_for(tmp_path: Path, flagged: bool) -> None:
    clip = make(tmp_path / "a.mkv", interlaced=True, flagged=flagged, size=(96, 96))
    found, frames = index(clip), list(read(clip, deinterlace="off"))
    assert min(combed_share(frame.planes[0][16:]) for frame in frames) > 0.05
    assert facts(frames) == facts(list(read(clip)))
    part = list(read(clip, start=7, stop=9, index=found, deinterlace="off"))
    assert all((a.planes[0] == b.planes[0]).all() for a, b in zip(part, frames[7:9], strict=True))


def test_pictures_that_do_not_look_interlaced_are_deinterlaced_if_asked_for(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mkv", size=(96, 96), frames=24, picture=combed_late)
    found, frames = index(clip), list(read(clip, deinterlace="on"))
    assert found.deinterlaced == 0 and combed_share(list(read(clip))[22].planes[0]) > 0.05
    assert max(combed_share(frame.planes[0]) for frame in frames) < 0.02
    part = list(read(clip, start=20, stop=23, index=found, deinterlace="on"))
    assert all((a.planes[0] == b.planes[0]).all() for a, b in zip(part, frames[20:23], strict=True))


def combed_late(number: int, plan: Recipe) -> NDArray[np.uint8]:
    """Interlaced, but only after more than the frames that say how a clip is interlaced."""
    moved = replace(plan, interlaced=number >= 20, picture=None)
    pixels = moving(number, moved)
    if moved.interlaced:
        pixels[1::2] = moving(number + 0.5, moved)[1::2]
    return pixels


def test_the_index_and_the_stream_agree(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.mp4", frames=30, cuts=(7, 19), b_frames=2, pts=[n * 512 + n % 3 * 100 for n in range(30)])
    found = index(clip)
    rows = list(zip(found.pts.tolist(), found.duration.tolist(), found.cuts.tolist(), found.crc.tolist(), strict=True))
    assert facts(list(read(clip))) == rows
    assert np.flatnonzero(found.cuts).tolist() == [0, 7, 19]
    assert found.notes == []


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.flv"])
def test_a_part_is_the_same_by_seeking_and_by_streaming(tmp_path: Path, name: str) -> None:
    clip = make(tmp_path / name, frames=40, keyint=8, b_frames=2, cuts=(21,))
    whole, found = list(read(clip)), index(clip)
    part = list(read(clip, start=19, stop=33, index=found))
    assert facts(part) == facts(whole[19:33]) == facts(list(read(clip, start=19, stop=33)))
    assert [frame.ordinal for frame in part] == list(range(19, 33))


def test_open_groups_of_pictures_are_read_right(tmp_path: Path) -> None:
    options = {"preset": "fast", "crf": "20", "x264-params": "open-gop=1:bframes=3:b-adapt=0:scenecut=0"}
    clip = make(tmp_path / "a.mkv", frames=40, keyint=8, b_frames=3, options=options)
    found = index(clip)
    for start in (7, 8, 9, 17, 30):
        assert ordinals(list(read(clip, start=start, index=found))) == list(range(start, 40))


def test_an_index_of_another_file_is_noticed(tmp_path: Path) -> None:
    found = index(make(tmp_path / "a.mp4"))
    with pytest.raises(MediaError, match="not the one that was looked at"):
        list(read(make(tmp_path / "b.mp4", cuts=(2,)), index=found))


def test_streaming_tells_what_the_index_would(tmp_path: Path) -> None:
    clip = flv_timestamps(tmp_path / "b.flv", make(tmp_path / "a.flv"), [0, 40, 40])
    told: list[str] = []
    list(read(clip, tell=told.append))
    assert told == index(clip).notes != []


def test_index_tells_its_progress(tmp_path: Path) -> None:
    counts: list[int] = []
    index(make(tmp_path / "a.mp4", frames=40), progress=counts.append)
    assert counts == sorted(counts)
    assert counts[-1] == 40
    assert len(set(counts)) > 2


def test_a_poster_is_the_first_picture_that_shows_something(tmp_path: Path) -> None:
    def night_then_day(number: int, plan: Recipe) -> NDArray[np.uint8]:
        return moving(number, plan) // (1 if number >= 5 else 40)

    assert poster(make(tmp_path / "a.mp4", picture=night_then_day)).ordinal == 5
    assert poster(make(tmp_path / "b.mp4", picture=lambda n, plan: np.zeros((48, 64, 3), np.uint8))).ordinal == 0


def test_closing_a_reading_early_ends_its_process(tmp_path: Path) -> None:
    before, frames = grandchildren(), read(make(tmp_path / "a.mp4", frames=60, size=(320, 240)))
    next(frames)
    assert len(grandchildren() - before) == 1
    frames.close()
    assert grandchildren() == before


def grandchildren() -> set[str]:
    servers = children(str(os.getpid()))
    return {process for server in servers for process in children(server)}


def children(pid: str) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def test_a_film_with_everything_is_described(tmp_path: Path) -> None:
    clip = probe(
        make(
            tmp_path / "a.mkv",
            sounds=[Sound(title="Main"), Sound("deu", "ac3", 880)],
            texts=[Text("fra")],
            chapters=[(0, 0.2, "One"), (0.2, 0.48, "Two")],
            attachment=b"font" * 10,
            metadata={"title": "A film"},
        )
    )
    assert [(t.kind, t.codec, t.language, t.title, t.kept) for t in clip.tracks] == [
        ("audio", "aac", "eng", "Main", True),
        ("audio", "ac3", "deu", None, True),
        ("subtitle", "subrip", "fra", None, True),
        ("attachment", "font.ttf", None, None, True),
    ]
    assert [(c.start, c.end, c.title) for c in clip.chapters] == [(0, 0.2, "One"), (0.2, 0.48, "Two")]
    assert clip.metadata["title"] == "A film"
    assert (clip.container, clip.notes) == ("matroska", [])
