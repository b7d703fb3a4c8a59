import json
from pathlib import Path

import numpy as np
import pytest

from duf import bench
from duf.__main__ import main
from duf.bench import Measure, make_clip, read_run, table
from duf.errors import MediaError
from duf.media.reader import read


def test_all_of_it_is_measured_and_can_be_compared_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, page = tmp_path / "run.json", tmp_path / "page.md"
    small = ["bench", "--size", "48x32", "--frames", "6", "--runs", "1"]
    assert main([*small, "--json", str(run)]) == 0
    said = capsys.readouterr().out.strip().splitlines()
    assert said[-1].startswith("stream 48x32 x4: ") and said[-1].endswith(" frames/s")
    names = {entry["name"] for entry in json.loads(run.read_text())["measures"]}
    stages = {"decode", "colour", "flow", "body", "upsampling", "encode, superfast", "waiting, superfast"}
    assert (
        stages
        | {"end to end, veryfast", "peak memory", "dynamic upsampling 5x5, bfloat16 logits", "peak on registers, int8"}
        <= names
    )

    assert main([*small, "--model", "bicubic", "--against", str(run), "--write", str(page)]) == 0
    rows = [line for line in page.read_text().splitlines() if line.startswith("| end to end, superfast")]
    assert len(rows) == 1 and rows[0].count("(") == 1  # the ratio with its bounds
    assert "| network |" in page.read_text()


def test_the_clip_has_texture_and_moves(tmp_path: Path) -> None:
    frames = [frame.planes[0].astype(int) for frame in read(make_clip(tmp_path / "clip.mp4", 64, 48, 5))]
    assert len(frames) == 5 and frames[0].std() > 5
    assert all(np.abs(a - b).mean() > 1 for a, b in zip(frames, frames[1:], strict=False))


def test_a_ratio_has_the_bounds_that_both_spreads_allow() -> None:
    now, before = Measure("rate", "frames/s", [20, 24, 25]), Measure("rate", "frames/s", [10, 12, 16])
    assert "| 24 | 20 to 25 | frames/s | 2.00 (1.25 to 2.50) |" in table([now], {"rate": before})
    assert table([now], {}).endswith("| frames/s |  |")


def test_another_file_is_no_earlier_run(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(MediaError, match="is no result of"):
        read_run(tmp_path / "other.json")


def test_growth_is_by_the_pixels_that_more_frames_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    def watched(clip: Path, plan: bench.Plan) -> tuple[float, float, float]:
        frames = list(read(clip))
        return 0.0, 3.0 + 0.5 * len(frames) * frames[0].planes[0].size / 1e6, 100.0

    monkeypatch.setattr(bench, "watched", watched)
    monkeypatch.setattr(bench, "SIZES", ((64, 48), (96, 64)))
    monkeypatch.setattr(bench, "SHORT", (2, 5))
    monkeypatch.setattr(bench, "LENGTHS", (4,))
    found = {measure.name: measure.middle for measure in bench.growth(bench.Plan(width=64, height=48))}
    assert found["core time at 64x48"] == pytest.approx(0.5) == found["core time at 96x64"]
    assert found["peak memory for 4 frames"] == 100


def test_a_run_of_the_command_line_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="run it to see why"):
        bench.watched(tmp_path / "none.mp4", bench.Plan())
