"""`python -m duf evaluate`, as a person meets it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from duf.__main__ import main
from duf.material.shards import open_shard
from duf.training import runs
from duf.training.trainer import Trainer
from tests.duf import clips
from tests.duf.training.test_trainer import RECIPE, write_small


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    clips.make(tmp_path / "clips" / "a.mp4", frames=6, size=(128, 128))
    return tmp_path / "clips"


def evaluate(*words: object) -> int:
    return main(["evaluate", *map(str, words)])


def test_a_table_a_file_and_a_page(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, page = tmp_path / "figures.json", tmp_path / "page"
    words = ("--model", "bicubic", "--model", "lanczos", "--scale", "2", "--protocol", "video", "--crf", "25")
    assert evaluate(folder, *words, "--json", file, "--page", page) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in lines[1:5]] == [[c, m] for c in ("a", "mean") for m in ("bicubic", "lanczos")]
    first, second = json.loads(file.read_text())
    assert (first["model"], second["model"], first["crf"], first["scale"]) == ("bicubic", "lanczos", 25, 2)
    assert lines[3][2] == f"{first['mean']['psnr']:.2f}" and set(first["clips"]) == {"a"}
    assert (page / "index.html").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("{clips}", "--crf", "25"), "leave out the CRF"),
        (("{clips}", "--protocol", "video", "--crf", "60"), "choose 0 to 51"),
        (("{clips}", "--json", "{place}/taken"), "exists already"),
        (("{clips}", "--page", "{place}"), "exists already"),
        (("{clips}", "--json", "{place}/no/file"), "make it first"),
        (("{place}",), "no clips"),
        (("{clips}", "--model", "nothing"), "no model called nothing"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "taken").write_text("precious")
    words = tuple(word.format(clips=folder, place=place) for word in words)
    assert evaluate(*words, *(() if "--model" in words else ("--model", "bicubic"))) == 1
    assert sentence in capsys.readouterr().err.strip().splitlines()[-1]
    assert [path.read_text() for path in place.iterdir()] == ["precious"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a run of training that has not begun."""
    (tmp_path / "tiny").mkdir()
    monkeypatch.setattr(runs, "RECIPES", tmp_path)
    values = {name: value for name, value in asdict(RECIPE).items() if name != "shard"}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    (tmp_path / "tiny.toml").write_text("\n".join([*lines, "[shard]", "samples = 6", "size = 16", "frames = 3"]))
    write_small(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_what_a_run_has_reached_is_scored_too(folder: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Trainer(RECIPE, open_shard(run / "shard"), run).save()
    assert evaluate(folder, "--run", run) == 1
    assert "train it first" in capsys.readouterr().err
    trainer = Trainer(RECIPE, open_shard(run / "shard"), run)
    trainer.advance()
    trainer.save()
    assert evaluate(folder, "--run", run) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()[1:]] == [["a", "tiny"], ["mean", "tiny"]]
