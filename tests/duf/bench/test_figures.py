from pathlib import Path

import pytest

from duf.bench.figures import Measure, read_run, table
from duf.errors import MediaError


def test_a_ratio_has_the_bounds_that_both_spreads_allow() -> None:
    now, before = Measure("rate", "frames/s", [20, 24, 25]), Measure("rate", "frames/s", [10, 12, 16])
    assert "| 24 | 20 to 25 | frames/s | 2.00 (1.25 to 2.50) |" in table([now], {"rate": before})
    assert table([now], {}).endswith("| frames/s |  |")


def test_another_file_is_no_earlier_run(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(MediaError, match="is no result of"):
        read_run(tmp_path / "other.json")
