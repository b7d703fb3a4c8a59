from duf.judging import larger
from duf.judging.speed import Cost
from tests.duf.clips import make


def test_the_page_holds_every_network_once_and_both_ways(tmp_path, monkeypatch):
    make(tmp_path / "clip.mp4", frames=8, size=(128, 96))
    measured = []

    def cost(upscaler):
        measured.append(upscaler)
        return Cost(0.1, 0.2)

    monkeypatch.setattr("duf.judging.comparison.cost_a_frame", cost)
    larger.write_larger(tmp_path, lambda text: None, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    for name in larger.NAMES:
        assert page.count(f"| {name} once | 200.0 |") == page.count(f"| {name} both ways | 200.0 |") == 2
    assert page.count("Highest PSNR: ") == 2 and "`stream-light` 87,536, `stream` " in page
    once, both = ([one.upscaler for one in measured[first::2]] for first in (0, 1))
    sizes = [(32, 3), (48, 4), (48, 8)]
    assert [size(upscaler) for upscaler in once] == sizes
    assert [size(upscaler.forwards) for upscaler in both] == [size(upscaler.backwards) for upscaler in both] == sizes


def size(upscaler):
    return upscaler.engine.network.channels, upscaler.engine.network.blocks
