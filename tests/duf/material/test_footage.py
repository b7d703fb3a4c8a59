import numpy as np
import pytest
from PIL import Image

from duf.errors import MediaError
from duf.material import footage
from duf.material.footage import listing, load, map_clip, read_clip
from tests.duf import clips
from tests.duf.material import made


def test_clips_are_cut_at_scene_changes(tmp_path):
    found = load(made.make(tmp_path / "material"), tmp_path)
    assert [len(scene) for scene in found.scenes] == [4, 4]
    assert len(found.pictures) == 1


def test_a_scene_by_memory_map_is_the_scene_in_memory(tmp_path):
    clip = clips.make(tmp_path / "clip.mp4", frames=8, size=(96, 80), cuts=(3,))
    for mapped, read in zip(map_clip(clip, tmp_path), read_clip(clip), strict=True):
        assert np.array_equal(mapped, np.stack(read))


def test_decoded_video_leaves_no_file_behind(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert map_clip(clips.make(tmp_path / "clip.mp4"), scratch) and not list(scratch.iterdir())


def test_a_scene_ends_where_the_size_changes(tmp_path):
    path = tmp_path / "clip.ts"
    clips.join(path, {"frames": 3, "size": (64, 48)}, {"frames": 5, "size": (96, 80), "pts": range(1536, 4096, 512)})
    assert [scene[0].shape[:2] for scene in read_clip(path)] == [(48, 64), (80, 96)]


def test_a_folder_with_nothing_to_learn_from_is_refused(tmp_path):
    with pytest.raises(MediaError, match="no videos or pictures"):
        listing(tmp_path)


@pytest.mark.parametrize("name", ["broken.mp4", "broken.jpg"])
def test_what_cannot_be_decoded_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"nonsense" * 100)
    with pytest.raises(MediaError, match=name):
        load(tmp_path, tmp_path)


def test_a_large_picture_is_held_smaller(tmp_path, monkeypatch):
    monkeypatch.setattr(footage, "ENOUGH", 64)
    Image.fromarray(made.picture(1, 200, 220)).save(tmp_path / "a.png")
    assert footage.read_picture(tmp_path / "a.png").shape == (67, 74, 3)
