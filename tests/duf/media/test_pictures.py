from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from duf.errors import MediaError
from duf.media.pictures import names, notes, read_picture, stills, write_picture
from duf.pipeline import load, upscale_pictures


def save(folder: Path, name: str, value: int = 90, size: tuple[int, int] = (12, 16), kind: type = np.uint8) -> None:
    folder.mkdir(exist_ok=True)
    cv2.imwrite(str(folder / name), np.full((*size, 3), value, kind))


def test_pictures_come_in_natural_order(tmp_path: Path) -> None:
    for name in ("img10.png", "img2.png", "Img1.PNG", "notes.txt"):
        save(tmp_path, name) if name.lower().endswith("png") else (tmp_path / name).write_text("")
    assert names(tmp_path) == ["Img1.PNG", "img2.png", "img10.png"]


@pytest.mark.parametrize(("bits", "value"), [(8, 201), (16, 51234)])
def test_a_picture_survives_reading_and_writing_to_the_bit(tmp_path: Path, bits: int, value: int) -> None:
    save(tmp_path, "a.png", value, kind=np.uint8 if bits == 8 else np.uint16)
    rgb, found = read_picture(tmp_path / "a.png")
    write_picture(tmp_path / "b.png", rgb, found)
    assert found == bits
    assert cv2.imread(str(tmp_path / "b.png"), cv2.IMREAD_UNCHANGED)[3, 4].tolist() == [value] * 3


def test_a_folder_becomes_a_folder_of_the_same_names_and_depths(tmp_path: Path) -> None:
    low = tmp_path / "low"
    for number in range(9, 12):
        save(low, f"{number}.png", number * 5000, kind=np.uint16)
    made = upscale_pictures(low, tmp_path / "high", load("bicubic", 3))
    assert (made["frames"], made["width"], made["height"]) == (3, 48, 36)
    assert names(tmp_path / "high") == ["9.png", "10.png", "11.png"]
    picture = cv2.imread(str(tmp_path / "high" / "10.png"), cv2.IMREAD_UNCHANGED)
    assert picture.dtype == np.uint16 and abs(int(picture[20, 20, 1]) - 50000) <= 1
    assert not list(tmp_path.glob(".*"))


def test_a_failure_in_the_middle_leaves_no_folder(tmp_path: Path) -> None:
    low = tmp_path / "low"
    save(low, "1.png")
    save(low, "2.png", size=(14, 16))
    with pytest.raises(MediaError, match="2.png is 16x14, the first picture is 16x12"):
        upscale_pictures(low, tmp_path / "high", load("bicubic", 2))
    assert not (tmp_path / "high").exists() and not list(tmp_path.glob(".*"))


def test_transparency_of_any_kind_is_told(tmp_path: Path) -> None:
    save(tmp_path, "1.png")
    assert notes(tmp_path) == []
    Image.new("P", (16, 12)).save(tmp_path / "2.png", transparency=0)
    assert "Transparency is not kept" in notes(tmp_path)[0]


def test_scenes_are_found_as_in_a_video(tmp_path: Path) -> None:
    wave = np.sin(np.arange(64) / 5)
    for number in range(6):
        pattern = np.outer(wave, wave) if number < 4 else np.outer(np.ones(64), np.cos(np.arange(64)))
        cv2.imwrite(str(tmp_path / f"{number}.png"), (pattern * 100 + 128).astype(np.uint8))
    assert [still.cut for still in stills(tmp_path)] == [True, False, False, False, True, False]


def test_what_is_no_picture_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="There is no PNG picture"):
        names(tmp_path)
    (tmp_path / "a.png").write_bytes(b"hello")
    with pytest.raises(MediaError, match="a.png is not a PNG picture"):
        read_picture(tmp_path / "a.png")
    save(tmp_path, "b.png", size=(80, 80))
    (tmp_path / "b.png").write_bytes((tmp_path / "b.png").read_bytes()[:40])
    with pytest.raises(MediaError, match="b.png is damaged"):
        read_picture(tmp_path / "b.png")
