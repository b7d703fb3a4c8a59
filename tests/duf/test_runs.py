import pytest

from duf import runs
from duf.errors import ModelError


def test_the_first_unticked_run_comes_next(tmp_path):
    log = tmp_path / "training.md"
    log.write_text("- [x] `a`\n- [ ] `b`\n- [ ] `c`\n")
    assert runs.next_run(log) == "b"
    runs.tick(log, "b")
    assert runs.next_run(log) == "c"


def test_nothing_left_to_train_says_what_to_do(tmp_path):
    log = tmp_path / "training.md"
    log.write_text("- [x] `a`\n")
    with pytest.raises(ModelError, match="add the next one"):
        runs.next_run(log)


def test_results_go_to_the_end(tmp_path):
    log = tmp_path / "training.md"
    log.write_text("| a |\n|---|\n")
    runs.append(log, ["b", "c"])
    assert log.read_text() == "| a |\n|---|\n| b | c |\n"


def test_an_unknown_run_names_the_known_ones():
    with pytest.raises(ModelError, match="stream-x4"):
        runs.recipe_file("nothing")
