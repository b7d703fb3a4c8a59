"""A process's own folder: there while it lives, gone after it has died, however it died."""

import subprocess
import sys
from pathlib import Path

from videos import desk
from vsrsite.paths import BASE_DIR

PROGRAM = (
    "import sys; from pathlib import Path; from videos import desk; print(desk.of_this_process(Path(sys.argv[1])))"
)


def test_it_is_the_same_one_for_all_of_a_process(tmp_path: Path) -> None:
    folder = desk.of_this_process(tmp_path)
    assert folder.is_dir() and desk.of_this_process(tmp_path) == folder


def test_what_the_dead_left_is_taken_away_and_what_the_living_use_stays(tmp_path: Path) -> None:
    folder = desk.of_this_process(tmp_path)
    (folder / "film").touch()
    command = [sys.executable, "-c", PROGRAM, tmp_path]
    dead = [Path(subprocess.check_output(command, cwd=BASE_DIR, text=True).strip()) for _ in range(2)]
    assert not dead[0].exists() and dead[1].is_dir()
    assert (folder / "film").exists()
