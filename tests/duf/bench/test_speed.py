import json
from pathlib import Path

import pytest

from duf.__main__ import main


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
