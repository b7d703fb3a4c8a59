import pytest

from duf.errors import ModelError
from duf.training import runs


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


def test_results_are_read_by_heading(tmp_path):
    log = tmp_path / "training.md"
    log.write_text("# Runs\n\n| date | run | shipped |\n|---|:--|---|\n| today | a | yes |\n| later | b |\n")
    assert runs.results(log) == [
        {"date": "today", "run": "a", "shipped": "yes"},
        {"date": "later", "run": "b", "shipped": ""},
    ]


def test_tables_of_other_sections_are_no_results(tmp_path):
    log = tmp_path / "training.md"
    log.write_text(
        "## Kinds\n\n| clip | dB |\n|---|---|\n| bee | 33.9 |\n\n## What each gave\n\n| run |\n|---|\n| a |\n"
    )
    assert runs.results(log) == [{"run": "a"}]


def test_a_log_without_results_has_none(tmp_path):
    (tmp_path / "training.md").write_text("# Runs\n")
    assert runs.results(tmp_path / "training.md") == []


def test_a_recipe_says_what_its_run_is_for():
    assert runs.purpose("stream-x4").startswith("The first weights")
