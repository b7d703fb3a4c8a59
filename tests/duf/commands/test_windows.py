from PIL import Image

from duf.__main__ import main
from tests.duf import clips


def test_windows_are_drawn_on_the_frame_and_listed(tmp_path, capsys):
    clip, picture = clips.make(tmp_path / "a.mp4", size=(160, 96)), tmp_path / "a.png"
    words = ["windows", str(clip), str(picture), "--side", "32", "--count", "3"]
    assert main(words) == 0
    assert [line[0] for line in capsys.readouterr().out.splitlines()] == ["1", "2", "3"]
    with Image.open(picture) as drawn:
        assert drawn.size == (160, 96)
    assert main(words) == 1
    assert "exists already" in capsys.readouterr().err


def test_what_cannot_be_drawn_is_one_sentence(tmp_path, capsys):
    clip = str(clips.make(tmp_path / "a.mp4", frames=5))
    for words, told in ((["--frame", "5"], "no frame 5"), (["--side", "128", "--frame", "2"], "No window")):
        assert main(["windows", clip, str(tmp_path / "a.png"), *words]) == 1
        assert told in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()
