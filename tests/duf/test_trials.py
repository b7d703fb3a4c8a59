"""A second of work at three points."""

from pathlib import Path

from duf.choices import Choices
from duf.media.reader import index, probe
from duf.pipeline import load, prepare, upscale_segment
from duf.trials import FEWEST, packet_sizes, starts, tried
from tests.duf.clips import make


def test_points_lie_in_the_clip_and_as_few_as_it_has_room_for() -> None:
    assert starts(600) == [100, 300, 500]
    assert starts(10) == [0]
    assert starts(FEWEST + 4) == [4]
    assert all(0 <= start < 60 for start in starts(60))


def test_a_point_tells_pace_and_bytes_of_what_it_made(tmp_path: Path) -> None:
    source = make(tmp_path / "clip.mp4", frames=90)
    work, frames, scratch = prepare(source, 2, Choices()), index(source), tmp_path / "scratch.nut"
    points = list(tried(work, load("bicubic", 2), frames, scratch))
    assert len(points) == 3 and not scratch.exists()
    assert all(FEWEST <= point.frames <= 90 and point.pace > 0 and point.lead > 0 for point in points)
    assert all(point.keys == 1 and point.key_bytes > point.other_bytes / point.frames for point in points)


def test_sizes_are_those_of_the_pictures_in_the_file(tmp_path: Path) -> None:
    source = make(tmp_path / "clip.mp4", frames=30)
    output = tmp_path / "segment.nut"
    upscale_segment(prepare(source, 2, Choices()), load("bicubic", 2), index(source), 0, 30, output)
    keys, others = packet_sizes(output)
    assert (len(keys), len(others)) == (1, 29)
    assert 0 < sum(keys) + sum(others) <= output.stat().st_size + probe(source).video.width
