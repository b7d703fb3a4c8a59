from pathlib import Path

import pytest

from duf.bench.clocks import watched
from duf.bench.plan import Plan
from duf.errors import MediaError


def test_a_run_of_the_command_line_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="run it to see why"):
        watched(tmp_path / "none.mp4", Plan())
