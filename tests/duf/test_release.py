import pytest

from duf import weights
from duf.errors import ModelError
from duf.recipe import Recipe
from duf.release import release
from duf.training import Trainer
from tests.duf import clips
from tests.duf.test_training import SMALL


class Folderless:
    """A shard that is not looked at."""


@pytest.fixture
def held_out(tmp_path):
    folder = tmp_path / "val"
    folder.mkdir()
    clips.make(folder / "a.mp4", frames=6, size=(96, 64))
    return folder


def trainer(folder) -> Trainer:
    made = Trainer(Recipe("stream", 4, 2, 1, 1, 1e-3, 1e-5, 1.0, 0.9, 5, 1, SMALL), Folderless(), folder)
    made.step = 1
    return made


def test_better_weights_ship_with_their_figures_and_a_line(held_out, tmp_path):
    log = tmp_path / "training.md"
    log.write_text("- [ ] `run`\n|---|\n")
    assert release(trainer(tmp_path / "run"), held_out, log, tmp_path / "models")
    card = weights.read_card(tmp_path / "models" / "stream-x4")
    assert card.precision == "half" and card.figures["steps"] == 1
    assert f"| {card.figures['paper']['psnr']:.2f} / " in log.read_text()
    assert "- [x] `run`" in log.read_text()


def test_weights_that_are_no_better_do_not_ship(held_out, tmp_path):
    log = tmp_path / "training.md"
    log.write_text("")
    assert release(trainer(tmp_path / "run"), held_out, log, tmp_path / "models")
    before = weights.read_card(tmp_path / "models" / "stream-x4")
    assert not release(trainer(tmp_path / "run"), held_out, log, tmp_path / "models")
    assert weights.read_card(tmp_path / "models" / "stream-x4") == before
    assert log.read_text().count("| run |") == 2


def test_a_run_that_never_trained_is_not_released(held_out, tmp_path):
    made = trainer(tmp_path / "run")
    made.step = 0
    with pytest.raises(ModelError, match="train it first"):
        release(made, held_out, tmp_path / "log.md", tmp_path)
