"""What becomes of hostile and broken files: one sentence, no request, no other file read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from duf.errors import MediaError
from duf.media import Limits, index, probe, read
from tests.duf.clips import Sound, cut_short, join, make, ordinal_of
from tests.duf.hostile import (
    Canaries,
    canaries,
    dash,
    ffconcat,
    gif,
    hls,
    lying_about_its_length,
    many_tracks,
    only_sound,
    pictures_in_mov,
    png,
    sdp,
    squeezed_index,
    squeezed_track,
    svg,
)


@pytest.fixture
def birds(tmp_path: Path) -> Iterator[Canaries]:
    with canaries(tmp_path) as found:
        yield found


def refusal(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(MediaError) as caught:
        probe(path, limits or Limits())
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 250
    return sentence


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["HLS", "ffconcat", "DASH", "SDP", "picture"])
def test_a_file_that_points_elsewhere_is_refused_and_nothing_is_touched(
    tmp_path: Path, birds: Canaries, kind: str
) -> None:
    targets = f"{birds.url}/clip.ts", str(birds.file), f"file://{birds.file}"
    makers = {"HLS": hls, "ffconcat": ffconcat, "DASH": dash, "picture": svg, "SDP": sdp}
    assert kind in refusal(written(tmp_path / "clip.mp4", makers[kind](*targets)))
    assert birds.song() == []


def test_a_canary_sings(birds: Canaries) -> None:
    birds.file.read_bytes()
    assert str(birds.file) in birds.song()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        ("Grüße an alle\n".encode() * 400, "text file"),
        (random.Random(1).randbytes(40_000), "not a video format"),
        (png(64, 48), "still picture"),
        (b"\0\0\0\x18ftypisom" + b"\0" * 4000, "no index"),
        (b"\x1a\x45\xdf\xa3" + random.Random(1).randbytes(9000), "damaged"),
        (gif(12288, 12288), "larger than the 9.44 megapixels"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refusal(written(tmp_path / "clip.mp4", data))


def test_an_mp4_without_its_index_is_refused(tmp_path: Path) -> None:
    assert "no index" in refusal(cut_short(tmp_path / "cut.mp4", make(tmp_path / "a.mp4"), 0.6))


def test_only_sound_is_refused(tmp_path: Path) -> None:
    assert "only sound" in refusal(only_sound(tmp_path / "a.m4a"))


def test_sound_with_a_cover_picture_is_only_sound(tmp_path: Path) -> None:
    assert "only sound" in refusal(only_sound(tmp_path / "a.mp4", cover=True))


def test_a_gif_of_one_frame_is_a_still_picture(tmp_path: Path) -> None:
    assert "still picture" in refusal(make(tmp_path / "a.gif", codec="gif", pix_fmt="rgb8", frames=1))


def test_an_animated_gif_is_a_video(tmp_path: Path) -> None:
    clip = make(tmp_path / "a.gif", codec="gif", pix_fmt="rgb8", frames=5)
    assert [ordinal_of(frame.planes[0]) for frame in read(clip)] == list(range(5))


@pytest.mark.parametrize("said", [(64, 48), (12288, 12288)])
def test_a_gigantic_frame_is_refused_whatever_the_header_says(tmp_path: Path, said: tuple[int, int]) -> None:
    assert "larger than the 9.44 megapixels" in refusal(pictures_in_mov(tmp_path / "a.mov", png(12288, 12288), said))


def test_600_tracks_are_refused(tmp_path: Path) -> None:
    assert "more than 64 tracks" in refusal(many_tracks(tmp_path / "a.mkv", 600))


def test_as_many_tracks_as_allowed_are_taken(tmp_path: Path) -> None:
    assert len(probe(many_tracks(tmp_path / "a.mkv", 64)).tracks) == 63


def test_a_compressed_index_is_read_but_not_when_it_unpacks_beyond_the_limit(tmp_path: Path) -> None:
    plain = make(tmp_path / "a.mov")
    assert len(index(squeezed_index(tmp_path / "small.mov", plain))) == 12
    assert "unpacks" in refusal(squeezed_index(tmp_path / "large.mov", plain, claimed=1 << 30))
    assert refusal(squeezed_index(tmp_path / "lie.mov", plain, claimed=100))


def test_a_compressed_matroska_header_cannot_fill_the_memory(tmp_path: Path) -> None:
    assert refusal(squeezed_track(tmp_path / "a.mkv", 256 << 20), Limits(memory=1 << 30))


@pytest.mark.parametrize("name", ["a.mkv", "a.ts", "a.avi"])
def test_of_a_file_cut_off_in_the_middle_what_is_there_comes_back(tmp_path: Path, name: str) -> None:
    recipe = {"time_base": Fraction(1, 25)} if name == "a.avi" else {}
    clip = cut_short(tmp_path / f"cut-{name}", make(tmp_path / name, keyint=3, **recipe), 0.6)
    assert 3 <= len(index(clip)) < 12
    whole = [ordinal_of(frame.planes[0]) for frame in read(clip)][:-1]  # half a picture may be all there is of the last
    assert whole == list(range(len(whole)))


def test_a_file_cut_off_in_the_middle_is_told(tmp_path: Path) -> None:
    clip = cut_short(tmp_path / "cut.mkv", make(tmp_path / "a.mkv", sounds=[Sound()]), 0.5)
    assert any("says that it lasts" in note for note in index(clip).notes)


def test_an_mp4_with_its_index_in_front_may_be_cut_off(tmp_path: Path) -> None:
    whole = make(tmp_path / "a.mp4", container_options={"movflags": "faststart"}, frames=24)
    found = index(cut_short(tmp_path / "cut.mp4", whole, 0.7))
    assert 3 <= len(found) < 24
    assert any("says that it lasts 0.96 s" in note for note in found.notes)


def test_a_header_that_lies_about_its_length_is_counted_and_told(tmp_path: Path) -> None:
    clip = lying_about_its_length(tmp_path / "lie.mkv", make(tmp_path / "a.mkv"))
    assert probe(clip).video.duration == pytest.approx(9999)
    found = index(clip)
    assert len(found) == 12
    assert found.notes == ["The file says that it lasts 9999.00 s, but it holds 0.48 s of pictures; all are used."]


def test_a_size_change_in_the_middle_is_scaled_to_the_first_size_and_told(tmp_path: Path) -> None:
    later = [3072 + 512 * n for n in range(6)]
    clip = join(tmp_path / "a.ts", {"frames": 6}, {"frames": 6, "size": (80, 64), "pts": later})
    frames = list(read(clip))
    assert {frame.planes[0].shape for frame in frames} == {(48, 64)}
    assert [ordinal_of(frame.planes[0]) for frame in frames] == [*range(6), *range(6)]
    assert index(clip).notes == ["The picture changes its size; 6 frames are scaled to the first size, 64x48."]


def test_a_size_change_beyond_the_limit_is_refused_when_it_comes(tmp_path: Path) -> None:
    clip = join(tmp_path / "a.ts", {"frames": 30}, {"frames": 6, "size": (640, 480), "pts": range(15360, 18432, 512)})
    with pytest.raises(MediaError, match="larger than the 0.00307 megapixels"):
        index(clip, Limits(pixels=64 * 48))


def test_a_picture_of_just_the_size_allowed_is_taken_and_of_one_row_more_is_not(tmp_path: Path) -> None:
    assert len(index(make(tmp_path / "a.mp4", size=(66, 48)), Limits(pixels=66 * 48))) == 12
    assert "larger than" in refusal(make(tmp_path / "b.mp4", size=(66, 50)), Limits(pixels=66 * 48))


def test_damage_in_the_middle_is_told_and_every_frame_still_comes(tmp_path: Path) -> None:
    data = bytearray(make(tmp_path / "a.mkv", frames=40).read_bytes())
    for at in range(3000, len(data), 701):
        data[at] ^= 0xFF
    found = index(written(tmp_path / "b.mkv", bytes(data)))
    assert len(found) == 40
    assert found.damaged and any("cannot be decoded" in note for note in found.notes)


def test_two_readings_of_a_damaged_file_are_alike(tmp_path: Path) -> None:
    data = bytearray(make(tmp_path / "a.mkv", frames=40, b_frames=2).read_bytes())
    for at in range(1500, len(data), 333):
        data[at] ^= 0x55
    clip = written(tmp_path / "b.mkv", bytes(data))
    assert [frame.crc for frame in read(clip)] == index(clip).crc.tolist()


def test_too_many_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="more than the 11 frames"):
        index(make(tmp_path / "a.mp4"), Limits(frames=11))
    assert len(index(make(tmp_path / "a.mp4"), Limits(frames=12))) == 12


def test_too_long_a_video_is_refused_by_its_frames_and_not_by_its_header(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="longer"):
        index(make(tmp_path / "a.mp4"), Limits(seconds=0.3))
    lie = lying_about_its_length(tmp_path / "lie.mkv", make(tmp_path / "a.mkv"))
    assert len(index(lie, Limits(seconds=0.5))) == 12


def test_too_large_a_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    assert "larger than" in refusal(make(tmp_path / "a.mp4"), Limits(bytes=100))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nothing.mp4")
    assert "folder" in refusal(tmp_path)


def test_an_unknown_way_of_coding_the_picture_is_named(tmp_path: Path) -> None:
    assert "snow" in refusal(make(tmp_path / "a.avi", codec="snow", options={"strict": "-2"}))
