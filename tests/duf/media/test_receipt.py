from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from weakref import WeakSet

import pytest

from duf.choices import Choices
from duf.errors import MediaError
from duf.media.compare import picture_times
from duf.media.encode import EncodeSettings
from duf.media.facts import Colour, VideoFacts
from duf.media.join import Assembly
from duf.media.reader import index
from duf.media.receipt import Receipt, receipt, verified
from duf.pipeline import Work, index_assembly, load, prepare, upscale_file
from tests.duf.clips import Sound, cut_short, make

QUICK = Choices(EncodeSettings(preset="ultrafast", crf=10))
Done = tuple[Work, Assembly, Path]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A verified result, and what it was verified against."""
    folder = tmp_path_factory.mktemp("receipt")
    chapters = ((0.0, 0.2, "One"), (0.2, 0.48, "Two"))
    source = make(folder / "source.mp4", sounds=(Sound(), Sound("fra", tone=880)), chapters=chapters, b_frames=2)
    work = prepare(source, 2, QUICK)
    assert upscale_file(work, load("bicubic", 2), folder / "result.mp4").ok
    return work, index_assembly(work, index(source)), folder / "result.mp4"


def differences(
    done: Done, source: Path | None = None, parts: Assembly | None = None, video: VideoFacts | None = None
) -> str:
    """What the receipt would say had something else been wanted."""
    work, right, result = done
    found = receipt(source or work.source, result, work.clip, parts or right, video or work.video)
    return " ".join(found.differences)


def test_another_picture_is_told(done: Done) -> None:
    told = differences(done, video=replace(done[0].video, colour=Colour(9, 16, 9, 2), height=94))
    for words in ("size is (128, 96) instead of (128, 94)", "colour primaries", "transfer", "matrix", "range"):
        assert words in told


def test_a_frame_that_is_missing_late_or_too_short_is_told(done: Done) -> None:
    _, right, _ = done
    more = replace(right, pts=[*right.pts, 9999], duration=[*right.duration, 512])
    assert "12 pictures instead of 13" in differences(done, parts=more)
    late = replace(right, pts=[*right.pts[:5], right.pts[5] + 13, *right.pts[6:]])
    assert "1.02 ms from its time" in differences(done, parts=late)
    longer = replace(right, duration=[*right.duration[:-1], right.duration[-1] * 8])
    assert "it lasts 0.480 s instead of 0.760 s" in differences(done, parts=longer)


def test_other_sound_and_chapters_are_told(done: Done, tmp_path: Path) -> None:
    other = make(tmp_path / "other.mp4", sounds=(Sound(), Sound("fra", tone=700)), b_frames=2)
    told = differences(done, source=other)
    assert "audio track 2 (aac) was not copied whole" in told and "track 1" not in told
    assert "chapters differ" in told
    assert "track 2 is not from the source" in differences(done, parts=replace(done[1], kept=[1]))


def test_a_wrong_receipt_is_an_error(done: Done) -> None:
    good = Receipt(1, 1.0, 2, 2, "mp4", "h264")
    assert verified(good) is good and Receipt.from_json(good.to_json()) == good
    with pytest.raises(MediaError, match="thrown away; .*: it has 3 pictures"):
        verified(replace(good, differences=["it has 3 pictures."]))


def test_what_is_there_of_a_cut_off_file_is_kept(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", frames=60, sounds=(Sound(),))
    broken = cut_short(tmp_path / "b.mkv", source, 0.6)
    found = upscale_file(prepare(broken, 2, QUICK), load("bicubic", 2), tmp_path / "result.mp4")
    assert found.ok and 10 < found.frames < 60
    assert 10 < found.tracks[0]["packets"] < 120


def test_the_packets_of_a_result_are_let_go_one_by_one():
    held = WeakSet()

    class Packet:
        size, time_base = 1, Fraction(1, 10)

        def __init__(self, pts):
            self.pts = pts
            held.add(self)

    class Result:
        streams = SimpleNamespace(video=[None])

        def demux(self, stream):
            for pts in (3, 1, None, 2):
                yield Packet(pts)
                assert len(held) <= 1

    assert list(picture_times(Result())) == pytest.approx([0.1, 0.2, 0.3])
