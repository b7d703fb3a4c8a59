import numpy as np
import pytest

from duf.errors import MediaError
from duf.material import trimming
from duf.material.footage import read_clip
from duf.material.trimming import trim
from tests.duf import clips


@pytest.fixture(autouse=True)
def little(monkeypatch):
    """Clips of tests are a tenth of what people film."""
    monkeypatch.setattr(trimming, "LEAST", 48)
    monkeypatch.setattr(trimming, "USUAL", 54)


def frames(path):
    return [frame for scene in read_clip(path) for frame in scene]


def test_scenes_come_smaller_whole_and_sharp_in_colour(tmp_path):
    source = clips.make(tmp_path / "a.mp4", frames=50, size=(160, 96), cuts=(30,), options={"crf": "4"})
    first, second = list(trim(source, tmp_path, "a", (0.4, 2.0)))
    assert [p.name for p in (first, second)] == ["a-1.mp4", "a-2.mp4"]
    small, truth = frames(first), frames(source)
    assert len(small) == 30 and len(frames(second)) == 20 and small[0].shape == (48, 80, 3)
    halved = truth[12].reshape(48, 2, 80, 2, 3).mean((1, 3))
    assert np.abs(small[12] - halved).mean() < 4


def test_short_scenes_are_left_out_and_long_ones_cut(tmp_path):
    source = clips.make(tmp_path / "a.mp4", frames=60, size=(64, 48), cuts=(10,))
    (only,) = trim(source, tmp_path, "a", (1.0, 1.4))
    assert len(frames(only)) == 35
    assert sorted(p.name for p in tmp_path.glob("a*")) == ["a-1.mp4", "a.mp4"]


def test_large_sources_are_brought_near_the_usual_size(tmp_path):
    source = clips.make(tmp_path / "a.mp4", frames=5, size=(192, 162))
    (only,) = trim(source, tmp_path, "a", (0.1, 1.0))
    assert frames(only)[0].shape == (54, 64, 3)


def test_ten_bits_become_eight(tmp_path):
    source = clips.make(tmp_path / "a.mkv", frames=5, size=(64, 48), pix_fmt="yuv420p10le", codec="libx265")
    (only,) = trim(source, tmp_path, "a", (0.1, 1.0))
    assert np.abs(frames(only)[2].mean() - frames(source)[2].mean()) < 3


@pytest.mark.parametrize("colour", [None, (1, 1, 1, 2), (1, 1, 1, 1)])
def test_colours_stay_as_they_are_tagged(tmp_path, colour):
    source = clips.make(tmp_path / "a.mp4", frames=4, size=(64, 48), colour=colour)
    (only,) = trim(source, tmp_path, "a", (0.1, 1.0))
    means = [frames(path)[2].mean((0, 1)) for path in (only, source)]
    assert means[0] == pytest.approx(means[1], abs=3)


def test_hdr_is_not_learnt_from(tmp_path):
    source = clips.make(tmp_path / "a.mkv", frames=4, size=(64, 48), colour=(9, 16, 9, 1))
    with pytest.raises(MediaError, match="HDR"):
        list(trim(source, tmp_path, "a", (0.1, 1.0)))


def test_what_came_before_a_failure_is_kept_and_nothing_half_written(tmp_path, monkeypatch):
    def broken(source):
        yield from whole(source)
        raise MediaError("It ends here.")

    whole = trimming.reader.read
    source = clips.make(tmp_path / "a.mp4", frames=40, cuts=(20,))
    monkeypatch.setattr(trimming.reader, "read", broken)
    found = trim(source, tmp_path, "a", (0.1, 1.0))
    assert next(found).name == "a-1.mp4"
    with pytest.raises(MediaError, match="ends here"):
        list(found)
    assert sorted(p.name for p in tmp_path.glob("a*")) == ["a-1.mp4", "a.mp4"]
