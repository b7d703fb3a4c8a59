from pathlib import Path

import pytest

from duf.bench import growth
from duf.bench.plan import Plan
from duf.media.reader import read


def test_growth_is_by_the_pixels_that_more_frames_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def watched(clip: Path, plan: Plan) -> tuple[float, float, float]:
        frames = list(read(clip))
        return 0.0, 3.0 + 0.5 * len(frames) * frames[0].planes[0].size / 1e6, 100.0

    monkeypatch.setattr(growth, "watched", watched)
    monkeypatch.setattr(growth, "SIZES", ((64, 48), (96, 64)))
    monkeypatch.setattr(growth, "FEW", 2)
    monkeypatch.setattr(growth, "MORE", 5)
    monkeypatch.setattr(growth, "LENGTHS", (2, 4))
    monkeypatch.setattr(growth, "SMALL", (64, 48))
    page = tmp_path / "growth.md"
    growth.write_growth(Plan(), "a machine", lambda text: None, page)
    text = page.read_text()
    assert "| 64x48 | 0.500 | 1.5 | 100 |" in text and "| 96x64 | 0.500 | 3.1 | 100 |" in text
    assert "| 4 | 751.54 | 3.0 | 100 |" in text
    assert 'x-axis "frames" ["2", "4"]' in text and "| 3 x |" in text
