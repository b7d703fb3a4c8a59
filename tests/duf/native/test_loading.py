from pathlib import Path

import pytest

from duf import native


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sources with the kernels that were built from them."""
    for path in [*native.sources(), *map(native.library, native.TARGETS)]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(native, "FOLDER", tmp_path)
    native.kernels.cache_clear()
    yield tmp_path
    native.kernels.cache_clear()


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (set.union(*(needs for needs, _ in native.TARGETS.values())), "kernels-amx"),
        (native.TARGETS["bf16"][0], "kernels-bf16"),
        (native.TARGETS["vnni"][0], "kernels-vnni"),
        (native.TARGETS["avx2"][0], "kernels-avx2"),
        ({"sse2"}, None),
    ],
)
def test_a_processor_gets_the_best_that_it_can_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, flags: set[str], name: str | None
) -> None:
    monkeypatch.setattr(native, "processor", lambda: flags)
    monkeypatch.setattr(native, "granted", lambda target: True)
    monkeypatch.setattr(native, "opened", lambda path: path.name.rsplit("-", 1)[0])
    assert native.kernels() == name


def test_where_the_system_keeps_the_tiles_the_next_best_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "processor", lambda: native.TARGETS["amx"][0])
    monkeypatch.setattr(native, "granted", lambda target: target != "amx")
    monkeypatch.setattr(native, "opened", lambda path: path.name.rsplit("-", 1)[0])
    assert native.kernels() == "kernels-bf16"


@pytest.mark.parametrize("name", ["stream.c", "drawing.c", "dense.c", "steady.c", "vectors.h", "tiles.h"])
def test_kernels_that_were_built_from_another_source_are_left_alone(folder: Path, name: str) -> None:
    assert native.kernels() is not None
    native.kernels.cache_clear()
    with (folder / name).open("a") as source:
        source.write("// changed\n")
    assert native.kernels() is None
