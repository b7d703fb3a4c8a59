"""The command line, as a person meets it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from duf.__main__ import main
from duf.commands.upscale import seconds
from tests.duf.clips import Sound, make

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("cli") / "clip.mp4", frames=10, sounds=(Sound(),))


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("cli") / "long.mp4", frames=600, size=(128, 96))


def upscale(*words: object) -> int:
    return main(["upscale", *map(str, words), "--model", "bicubic", "--scale", "2"])


def test_help_is_quick_and_imports_no_network_library() -> None:
    code = (
        "import sys, duf.__main__ as m\n"
        "try: m.main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(str({'keras', 'tensorflow', 'numpy', 'av', 'cv2'} & set(sys.modules)).replace('set()', '') or 0)"
    )
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "upscale" in done.stdout and time.monotonic() - start < 3  # 0.1 s on an idle machine


def test_a_video_is_upscaled_and_the_receipt_printed(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert upscale(clip, tmp_path / "out.mkv", "--json", "--codec", "h265", "--crf", "30") == 0
    out, err = capsys.readouterr()
    receipt = json.loads(out)
    assert receipt["ok"] and receipt["frames"] == 10 and receipt["codec"] == "hevc"
    assert receipt["container"] == "matroska" and len(receipt["tracks"]) == 1
    assert "10/10" in err and "frames/s" in err


def test_the_plain_answer_is_a_line(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert upscale(clip, tmp_path / "out.mp4", "--start", "0.08", "--end", "0:00.2") == 0
    assert capsys.readouterr().out.startswith("3 frames of 128x96, 0.12 s; kept 1 sound track, in sync to 0.0")


def test_an_output_that_exists_is_not_replaced_unless_told(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out.mp4").write_text("precious")
    assert upscale(clip, tmp_path / "out.mp4") == 1
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "out.mp4").read_text() == "precious"
    assert upscale(clip, tmp_path / "out.mp4", "--force") == 0
    assert (tmp_path / "out.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("{clip}", "{place}/out.webm"), "should end in .mp4 or .mkv"),
        (("{clip}", "{clip}", "--force"), "would replace its source"),
        (("{clip}", "{place}/no/out.mp4"), "make it first"),
        (("{place}/none.mp4", "{place}/out.mp4"), "cannot be opened"),
        (("{clip}", "{place}/out.mp4", "--end", "1", "--start", "2"), "comes before the start"),
        (("{clip}", "{place}/out.mp4", "--start", "100"), "no picture in the chosen stretch"),
        (("{clip}", "{place}/out.mp4", "--codec", "divx"), "choose one of h264"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    assert upscale(*(word.format(clip=clip, place=place) for word in words)) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("duf: ") and sentence in last
    assert list(place.iterdir()) == []


def test_of_pictures_is_told_before_the_start_what_is_not_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "low").mkdir()
    Image.new("RGBA", (16, 12)).save(tmp_path / "low" / "1.png")
    assert upscale(tmp_path / "low", tmp_path / "high.mp4") == 1
    assert "name the result without .mp4" in capsys.readouterr().err
    assert upscale(tmp_path / "low", tmp_path / "high") == 0
    assert capsys.readouterr().err.startswith("Note: Transparency is not kept")


def test_sources_sampled_at_the_corner_keep_their_pixels_there(tmp_path: Path) -> None:
    (tmp_path / "low").mkdir()
    Image.effect_noise((16, 12), 40).convert("RGB").save(tmp_path / "low" / "1.png")
    assert upscale(tmp_path / "low", tmp_path / "corner", "--sampling", "corner") == 0
    assert upscale(tmp_path / "low", tmp_path / "centre") == 0
    low, corner, centre = (np.asarray(Image.open(tmp_path / name / "1.png")) for name in ("low", "corner", "centre"))
    assert np.array_equal(corner[::2, ::2], low)
    assert not np.array_equal(centre[::2, ::2], low)


def test_the_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert "bicubic" in capsys.readouterr().out


def test_times_are_seconds_or_a_clock() -> None:
    assert [seconds(text) for text in ("90", "1:30", "0:01:30.5", "2:00:00")] == [90, 90, 90.5, 7200]
    with pytest.raises(Exception, match="is not a time"):
        seconds("soon")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopping_it_leaves_no_half_written_output(long: Path, tmp_path: Path, stop: signal.Signals) -> None:
    place = tmp_path / "place"
    place.mkdir()
    words = [sys.executable, "-m", "duf", "upscale", str(long), str(place / "out.mp4"), "--model", "bicubic"]
    child = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while not any(place.iterdir()):  # the pictures have begun
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.1)
    os.kill(child.pid, stop)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130 and "stopped; nothing is left half written" in err
    assert list(place.iterdir()) == []
