import numpy as np

from duf.judging import larger
from duf.judging.speed import Cost
from duf.training.recipe import Recipe
from duf.training.progress import Progress
from tests.duf.clips import make
from tests.duf.training.test_trainer import SMALL


class Frameless:
    """A shard of which only the frames are looked at."""

    lr = np.zeros((1, 2, 16, 16, 3), np.uint8)


def test_the_page_holds_the_larger_network_in_integers_beside_those_that_are_shipped(tmp_path, monkeypatch):
    make(tmp_path / "clip.mp4", frames=8, size=(128, 96))
    trainer = Progress(
        Recipe("stream-hq", 4, 2, 1, 1, 1e-3, 1e-5, 1.0, 0.9, 5, 1, SMALL), tmp_path / "run"
    )
    trainer.step = 7
    measured = []

    def cost(upscaler):
        measured.append(upscaler)
        return Cost(0.1, 0.2)

    monkeypatch.setattr("duf.judging.comparison.cost_a_frame", cost)
    monkeypatch.setattr(larger, "opened", lambda folder: trainer)
    larger.write_larger(tmp_path / "run", tmp_path, lambda text: None, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert [name for name in ("stream", "stream-hq") if page.count(f"| {name} | 200.0 |") == 2]
    assert "`run`, 7 steps" in page and page.count("Highest PSNR: ") == 2
    assert [upscaler.scale for upscaler in measured] == [4, 4, 4]
    assert measured[2].engine.network.channels == 48
