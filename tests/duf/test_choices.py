"""What may be chosen, and what there is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from duf.choices import Choices
from duf.errors import MediaError
from duf.media.encode import EncodeSettings
from duf.media.facts import Deinterlace
from duf.media.frames import Frame
from duf.media.reader import probe, read
from duf.pipeline import load, prepare, upscale_file
from tests.duf.clips import Sound, Text, make


def test_one_flat_object_holds_all_choices() -> None:
    data = {"codec": "av1", "crf": 30, "container": "matroska", "without": ["audio", "3"], "deinterlace": "off"}
    assert Choices.from_json(data) == Choices(EncodeSettings("av1", 30), "matroska", ("audio", "3"), "", "off")
    assert Choices.from_json({}) == Choices()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"container": "avi"}, "choose mp4 or matroska"),
        ({"without": ["picture"]}, "choose audio, subtitle"),
        ({"codec": "gif"}, "choose one of h264"),
        ({"deinterlace": "perhaps"}, "choose auto, on, off"),
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


@pytest.mark.parametrize(
    ("interlaced", "deinterlace", "words"),
    [
        (True, "auto", "the result has whole ones"),
        (True, "off", "may look like combs"),
        (False, "on", "All pictures are deinterlaced"),
    ],
)
def test_what_becomes_of_interlaced_pictures_is_told(
    tmp_path: Path, interlaced: bool, deinterlace: Deinterlace, words: str
) -> None:
    source = make(tmp_path / "a.mkv", frames=3, interlaced=interlaced)
    notes = prepare(source, 2, Choices(deinterlace=deinterlace)).clip.notes
    assert [note for note in notes if "interlac" in note] == [note for note in notes if words in note] != []


def test_a_part_that_stays_interlaced_is_as_it_is_in_the_whole(tmp_path: Path) -> None:
    work = prepare(make(tmp_path / "a.mkv", interlaced=True, size=(96, 96)), 2, Choices(deinterlace="off"))
    model = load("bicubic", 2)
    upscale_file(work, model, tmp_path / "whole.mp4")
    upscale_file(work, model, tmp_path / "part.mp4", start=0.2, end=0.4)
    upscale_file(replace(work, deinterlace="auto"), model, tmp_path / "smooth.mp4")
    whole, part, smooth = (list(read(tmp_path / f"{name}.mp4")) for name in ("whole", "part", "smooth"))
    assert max(_differences(part, whole[5:])) < min(_differences(part, smooth[5:])) / 4


def _differences(some: list[Frame], others: list[Frame]) -> list[float]:
    pairs = zip(some, others, strict=False)
    return [float(np.abs(one.planes[0].astype(int) - other.planes[0]).mean()) for one, other in pairs]
