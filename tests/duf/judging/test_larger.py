from duf.judging import larger
from duf.judging.speed import Cost
from tests.duf.clips import make


def test_the_page_holds_both_networks_once_and_both_ways(tmp_path, monkeypatch):
    make(tmp_path / "clip.mp4", frames=8, size=(128, 96))
    measured = []

    def cost(upscaler):
        measured.append(upscaler)
        return Cost(0.1, 0.2)

    monkeypatch.setattr("duf.judging.comparison.cost_a_frame", cost)
    larger.write_larger(tmp_path, lambda text: None, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    for name in ("stream once", "stream both ways", "stream-hq once", "stream-hq both ways"):
        assert page.count(f"| {name} | 200.0 |") == 2
    assert page.count("Highest PSNR: ") == 2 and "3.0 times as many weights" in page
    assert [upscaler.scale for upscaler in measured] == [4, 4, 4, 4]
    once, twice, wide_once, wide_twice = (upscaler.upscaler for upscaler in measured)
    assert (once.engine.network.channels, wide_once.engine.network.channels) == (32, 48)
    assert twice.forwards.engine.network.channels == twice.backwards.engine.network.channels == 32
    assert wide_twice.forwards.engine.network.channels == wide_twice.backwards.engine.network.channels == 48
