import json
from pathlib import Path

import pytest

from duf.__main__ import main
from duf.bench.figures import Measure
from duf.bench.plan import LEAST, MOST, OF_IT, length
from duf.bench.speed import AFTER, BEFORE, shares
from duf.catalog import DEFAULT, DUF_COSTS, STREAM_COSTS


def test_all_of_it_is_measured_and_can_be_compared_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, page = tmp_path / "run.json", tmp_path / "page.md"
    small = ["bench", "--size", "48x32", "--frames", "6", "--runs", "1"]
    assert main([*small, "--json", str(run)]) == 0
    said = capsys.readouterr().out.strip().splitlines()
    assert said[-1].startswith(f"{DEFAULT} 48x32 x4: ") and said[-1].endswith(" frames/s")
    names = {entry["name"] for entry in json.loads(run.read_text())["measures"]}
    stages = {"decode", "colour", "flow", "body", "upsampling", "steadying", "encode, superfast", BEFORE, OF_IT, AFTER}
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
    assert "| network |" in text and "| steadying |" not in text and "not split any further" in text


@pytest.mark.parametrize("parts", [{"network": 44.0}, {"body": 27.0, "upsampling": 17.0}, {OF_IT: 44.0, "body": 50.0}])
def test_network_encoder_and_the_rest_are_the_whole(parts: dict[str, float]) -> None:
    per_frame = {BEFORE: 50.0, AFTER: 1.0} | parts
    per_frame |= {"core time, superfast": 70.0, "core time, veryfast": 80.0}
    found = {m.name: m.middle for m in shares([Measure(name, "", [used]) for name, used in per_frame.items()])}
    assert (found["encode, superfast"], found["encode, veryfast"]) == (19.0, 29.0)
    assert found["all but network and encoder, superfast"] == pytest.approx(100 * (70 - 19 - 44) / 70)


def test_slow_models_are_measured_on_fewer_frames() -> None:
    frames = [length(cost, 426, 240) for cost in (*STREAM_COSTS.values(), *DUF_COSTS.values())]
    assert frames == [*[MOST] * len(STREAM_COSTS), 27, LEAST, LEAST]
