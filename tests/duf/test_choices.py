"""What may be chosen, and what there is not."""

from pathlib import Path

import pytest

from duf.choices import Choices
from duf.errors import MediaError
from duf.media.encode import EncodeSettings
from duf.media.reader import probe
from duf.pipeline import load, prepare, upscale_file
from tests.duf.clips import Sound, Text, make


def test_one_flat_object_holds_all_choices() -> None:
    data = {"codec": "av1", "crf": 30, "container": "matroska", "without": ["audio", "3"]}
    assert Choices.from_json(data) == Choices(EncodeSettings("av1", 30), "matroska", ("audio", "3"))
    assert Choices.from_json({}) == Choices()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"container": "avi"}, "choose mp4 or matroska"),
        ({"without": ["picture"]}, "choose audio, subtitle"),
        ({"codec": "gif"}, "choose one of h264"),
    ],
)
def test_what_there_is_not_is_refused_in_a_sentence(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(MediaError, match=words):
        Choices.from_json(wrong)


@pytest.mark.parametrize(("without", "left"), [(("2",), ["eng"]), (("audio",), []), (("subtitle", "1"), ["deu"])])
def test_tracks_that_are_left_out_are_not_in_the_result_and_told(
    tmp_path: Path, without: tuple[str, ...], left: list[str]
) -> None:
    source = make(tmp_path / "a.mkv", frames=3, sounds=(Sound(), Sound("deu", tone=880)))
    work = prepare(source, 2, Choices(without=without))
    receipt = upscale_file(work, load("bicubic", 2), tmp_path / "result.mp4")
    assert receipt.ok and [track["language"] for track in receipt.tracks] == left
    assert any("left out, as was asked for" in note for note in receipt.notes)


def test_leaving_out_what_mp4_cannot_hold_makes_it_an_mp4(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", frames=3, sounds=(Sound(codec="pcm_s16le"),), texts=(Text(),))
    assert prepare(source, 2).container == "matroska"
    assert prepare(source, 2, Choices(without=("audio",))).container == "mp4"
    assert prepare(source, 2, Choices(container="matroska", without=("audio",))).container == "matroska"
    assert [track.kept for track in Choices(without=("9",)).applied(probe(source)).tracks] == [True, True]
