import json

import pytest

from duf.__main__ import main
from duf.errors import MediaError
from duf.judging import quality, records
from duf.judging.protocols import PAPER, VIDEO
from tests.duf import clips

LOG = """# Training

| date | run | steps | paper | video | shipped | s / frame |
|---|---|---|---|---|---|---|
| 2026-01-01 | first | 10/10 | 30.00 / 0.8000 | 30.10 / 0.8000 | yes |
| 2026-01-02 | ablation-plain | 10/10 | 29.00 / 0.7000 | 29.10 / 0.7000 | no | 0.031 |
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "CASES", [(4, PAPER), (2, VIDEO)])
    monkeypatch.setattr(quality, "models", lambda scale: ["bicubic", "lanczos"])
    monkeypatch.setattr(quality, "cost_a_frame", lambda upscaler: (0.25, 0.5))
    monkeypatch.setattr(quality.os, "getloadavg", lambda: (0.5, 0.5, 0.5))
    monkeypatch.setattr(quality.runs, "purpose", lambda run: f"What {run} is for.")
    (tmp_path / "clips").mkdir()
    clips.make(tmp_path / "clips" / "a.mp4", frames=6, size=(96, 64))
    (tmp_path / "log.md").write_text(LOG)
    return tmp_path


def write(place) -> str:
    quality.write_quality(place / "clips", print, place / "quality.md", place / "log.md")
    return (place / "quality.md").read_text()


def test_every_model_has_its_figures_and_cost_in_every_case(place):
    text = write(place)
    kept = {(one["model"], one["scale"]): one["mean"] for one in json.loads((place / "quality.json").read_text())}
    for name in ("bicubic", "lanczos"):
        paper = kept[name, 4]
        assert f"| {name} | 0.250 | 0.500 | {paper['psnr']:.2f} / {paper['ssim']:.4f} |" in text
        assert f"| {name} | {kept[name, 2]['psnr']:.2f} | {kept[name, 2]['ssim']:.4f} |" in text
    assert "### x2, video" in text


def test_what_flickers_more_than_bicubic_is_counted(place):
    text = write(place)
    kept = {(one["model"], one["scale"]): one["mean"] for one in json.loads((place / "quality.json").read_text())}
    above = sum(kept["lanczos", scale]["static_flicker"] > kept["bicubic", scale]["static_flicker"] for scale in (4, 2))
    assert (f"lanczos in {above} of 2 cases" if above else "bicubic: none.") in text


def test_runs_are_told_and_the_ablation_apart(place):
    text = write(place)
    assert "| 2026-01-01 | first | 10/10 |" in text
    ablation = text.split("## Ablation")[1].split("## What each run")[0]
    assert "What ablation-plain is for." in ablation and "0.031" in ablation and "first" not in ablation


def test_without_such_runs_the_ablation_says_so(place):
    (place / "log.md").write_text("# Training\n")
    assert "No run whose name begins with `ablation-`" in write(place) and "None is logged yet." in write(place)


def test_what_is_known_is_not_measured_again(place, monkeypatch):
    before = write(place)
    monkeypatch.setattr(quality, "evaluate", None)
    assert write(place) == before
    monkeypatch.setattr(records, "weights_of", lambda model, scale: "new weights")
    with pytest.raises(TypeError):
        write(place)


def test_figures_that_cannot_be_read_are_not_overwritten(place):
    (place / "quality.json").write_text("{]")
    with pytest.raises(MediaError, match="remove it to measure anew"):
        write(place)
    assert (place / "quality.json").read_text() == "{]"


def test_a_folder_without_clips_is_one_sentence(tmp_path, capsys):
    assert main(["quality", str(tmp_path)]) == 1
    assert "holds no clips" in capsys.readouterr().err
