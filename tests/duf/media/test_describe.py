"""What a file is, told before anything is done with it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from duf.media import probe
from duf.media.facts import Colour, Hdr, VideoFacts
from tests.duf.clips import MASTERING, make

HDR10 = f"log-level=none:pools=1:hdr10=1:repeat-headers=1:master-display={MASTERING}:max-cll=1000,400"


def video(path: Path, **recipe: Any) -> VideoFacts:
    return probe(make(path, frames=2, **recipe)).video


def test_rotation_stays_a_mark_on_the_coded_picture(tmp_path: Path) -> None:
    facts = video(tmp_path / "a.mp4", rotation=90)
    assert (facts.width, facts.height, facts.rotation) == (64, 48, 90)
    assert facts.display_matrix == (0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30)


def test_an_upright_square_picture_says_nothing(tmp_path: Path) -> None:
    facts = video(tmp_path / "a.mp4")
    assert (facts.rotation, facts.display_matrix, facts.sample_aspect_ratio) == (0, None, None)
    assert (facts.average_rate, facts.time_base, facts.interlaced, facts.hdr) == ((25, 1), (1, 12800), "no", None)


def test_a_late_start_does_not_make_the_picture_longer(tmp_path: Path) -> None:
    assert video(tmp_path / "a.mkv", pts=[12800, 13312]).duration == pytest.approx(0.08)


def test_the_shape_of_the_samples_is_kept(tmp_path: Path) -> None:
    assert video(tmp_path / "a.mp4", sar=Fraction(4, 3)).sample_aspect_ratio == (4, 3)


def test_colour_tags_are_kept(tmp_path: Path) -> None:
    options = {"x264-params": "chromaloc=2"}
    assert video(tmp_path / "a.mp4", colour=(1, 1, 1, 1), options=options).colour == Colour(1, 1, 1, 1, "topleft")
    assert video(tmp_path / "b.mp4").colour == Colour(2, 2, 2, 0, "left")  # H.264's own default


def test_full_range_is_kept_however_it_is_said(tmp_path: Path) -> None:
    facts = video(tmp_path / "a.mp4", colour=(5, 6, 5, 2))
    assert (facts.colour.range, facts.colour.matrix, facts.format) == (2, 5, "yuv420p")


def test_ten_bit_hdr_keeps_its_depth_and_its_static_metadata(tmp_path: Path) -> None:
    facts = video(
        tmp_path / "a.mkv",
        codec="libx265",
        pix_fmt="yuv420p10le",
        colour=(9, 16, 9, 1),
        options={"x265-params": HDR10},
    )
    assert (facts.format, facts.bit_depth, facts.colour.is_hdr) == ("yuv420p10le", 10, True)
    assert (facts.colour.primaries, facts.colour.transfer, facts.colour.matrix, facts.colour.range) == (9, 16, 9, 1)
    assert facts.hdr == Hdr(
        red=(34000, 16000),
        green=(13250, 34500),
        blue=(7500, 3000),
        white=(15635, 16450),
        luminance=(50, 10_000_000),
        max_cll=1000,
        max_fall=400,
    )


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        ({"interlaced": True}, "flagged"),
        ({"interlaced": True, "flagged": False, "size": (96, 96)}, "tff"),
        ({"size": (96, 96)}, "no"),
        ({"size": (64, 48)}, "no"),  # smooth enough to mislead FFmpeg's detector alone
    ],
)
def test_interlaced_material_is_recognised_and_told(tmp_path: Path, recipe: dict[str, Any], kind: str) -> None:
    clip = probe(make(tmp_path / "a.mkv", frames=24, **recipe))
    assert clip.video.interlaced == kind
    assert any("interlaced" in note for note in clip.notes) == (kind != "no")


@pytest.mark.parametrize(
    ("name", "recipe", "words"),
    [
        ("a.mkv", {"pix_fmt": "yuv444p"}, ["reduced to half resolution"]),
        ("a.mov", {"codec": "qtrle", "pix_fmt": "argb"}, ["Transparency", "stored as RGB"]),
        ("a.mov", {"codec": "prores_ks", "pix_fmt": "yuva444p10le"}, ["Transparency", "half resolution", "12 bits"]),
        ("a.mov", {"timecode": "01:00:00:00"}, ["timecode track (from 01:00:00:00)"]),
        ("a.mp4", {"chapters": [(0, 0.04, "One")]}, []),
        ("a.mkv", {"codec": "ffv1", "pix_fmt": "gray"}, []),
    ],
)
def test_what_cannot_be_kept_is_told(tmp_path: Path, name: str, recipe: dict[str, Any], words: list[str]) -> None:
    notes = probe(make(tmp_path / name, frames=2, **recipe)).notes
    assert len(notes) == len(words)
    for note, word in zip(notes, words, strict=True):
        assert word in note and note.endswith(".")


def test_rgb_is_described_as_what_it_becomes(tmp_path: Path) -> None:
    facts = video(tmp_path / "a.mov", codec="png", pix_fmt="rgb24")
    assert (facts.pix_fmt, facts.format, facts.colour.matrix, facts.colour.range) == ("rgb24", "yuv420p", 1, 1)
