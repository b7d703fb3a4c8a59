import json
from pathlib import Path
from typing import Any

import pytest

from duf.__main__ import main
from duf.bench import speed
from duf.bench.clip import RATE, make_clip
from duf.bench.plan import LEAST, MOST, Plan, length
from duf.catalog import DUF_COSTS, STREAM_COSTS
from duf.pipeline import load, prepare


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
    text = page.read_text()
    assert text.startswith("# Performance of bicubic 48x32 x4\n")
    assert f"`python -m duf bench --model bicubic --write {page}`: bicubic 48x32 x4 in float32, 6 frames, on" in text
    assert "| network |" in text and "not split any further" in text


def test_the_encoder_alone_works_at_the_rate_of_the_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """x264 spends fewer bits, and less work, on frames that follow each other more quickly."""
    written: list[tuple[int, int]] = []

    class Noting(speed.Encoder):
        def write(self, planes: Any, pts: int, duration: int) -> None:
            written.append((pts, duration))
            super().write(planes, pts, duration)

    monkeypatch.setattr(speed, "Encoder", Noting)
    work = prepare(make_clip(tmp_path / "clip.mp4", 48, 32, 4), 4)
    speed.encoding(work, load("bicubic", 4), Plan("bicubic", width=48, height=32, frames=4, runs=1))
    frame = 1 / (RATE * work.video.tick)
    assert written == [(n * frame, frame) for n in range(speed.STAGED)]


def test_slow_models_are_measured_on_fewer_frames() -> None:
    frames = [length(cost, 426, 240) for cost in (STREAM_COSTS["stream"], STREAM_COSTS["stream-hq"], DUF_COSTS[16])]
    assert frames == [MOST, MOST, LEAST]
