"""Shards: made once, the same after a kill, refused when they are not what was asked for."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from duf.errors import MediaError
from duf.material import shards
from duf.material.shards import ShardRecipe, open_shard, write_shard
from tests.duf.material import made as little

SMALL = ShardRecipe(samples=10, size=16, frames=3, h264=0.5, noise=0.5, lanczos=0.3, blur=0.5)
ARRAYS = shards.ARRAYS
ROOT = Path(__file__).parents[3]


@pytest.fixture
def material(tmp_path):
    return little.make(tmp_path / "material")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr("duf.material.samples.BLOCK", 2)
    monkeypatch.setattr("duf.material.shards.BLOCK", 2)


def equal(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ARRAYS)


def test_a_shard_reads_as_it_was_written(material, tmp_path):
    written = write_shard(material, tmp_path / "shard", SMALL)
    shard = open_shard(tmp_path / "shard", SMALL)
    assert shard.recipe == SMALL and equal(shard, written)
    assert shard.hr.shape == (10, 3, 64, 64, 3) and shard.lr.shape == (10, 3, 16, 16, 3)
    assert shard.flow.shape == (10, 3, 16, 16, 2) and shard.flow.dtype == np.float16
    assert all(sample.std() > 5 for sample in shard.hr)
    assert set(shard.phase) == {0, 1} and not shard.flow[:, 0].any() and shard.flow[:, 1:].any()


def test_the_same_seed_makes_the_same_shard_on_any_number_of_threads(material, tmp_path):
    one, three = (write_shard(material, tmp_path / str(n), SMALL, threads=n) for n in (1, 3))
    assert equal(one, three)
    assert not equal(one, write_shard(material, tmp_path / "other", replace(SMALL, seed=2)))


def test_flow_is_measured_finely_where_the_recipe_says_so(material, tmp_path):
    quick, fine = (
        write_shard(material, tmp_path / str(fine), replace(SMALL, fine_flow=fine)) for fine in (False, True)
    )
    assert np.array_equal(quick.lr, fine.lr) and not np.array_equal(quick.flow, fine.flow)


def kill_after(monkeypatch, blocks):
    """Making a shard ends after so many blocks, as by a kill."""
    fill, done = shards.fill, []

    def until(shard, found, number):
        if len(done) == blocks:
            raise KeyboardInterrupt
        done.append(number)
        return fill(shard, found, number)

    monkeypatch.setattr(shards, "fill", until)
    return done


def test_a_shard_that_was_killed_goes_on_and_is_the_same(material, tmp_path, monkeypatch):
    whole = write_shard(material, tmp_path / "whole", SMALL)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        kill_after(patch, 2)
        write_shard(material, tmp_path / "half", SMALL, threads=1)
    with pytest.raises(MediaError, match="write it again"):
        open_shard(tmp_path / "half")
    again = kill_after(monkeypatch, 99)
    assert equal(write_shard(material, tmp_path / "half", SMALL, threads=1), whole)
    assert again == [2, 3, 4]


def test_a_shard_whose_writer_was_killed_outright_ends_up_the_same(material, tmp_path):
    recipe = ShardRecipe(samples=320, size=16, frames=3, noise=0.5)
    code = (
        "import sys; from pathlib import Path; from duf.material.shards import ShardRecipe, write_shard; "
        f"write_shard(Path(sys.argv[1]), Path(sys.argv[2]), {recipe!r})"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, material, tmp_path / "half"], cwd=ROOT)
    journal, end = tmp_path / "half" / "sources.json", time.monotonic() + 60
    while not journal.exists() or not json.loads(journal.read_text())["done"]:
        assert time.monotonic() < end
        time.sleep(0.01)
    writer.kill()
    writer.wait()
    with pytest.MonkeyPatch.context() as patch:
        for module in ("duf.material.samples", "duf.material.shards"):
            patch.setattr(f"{module}.BLOCK", 64)
        assert not (tmp_path / "half" / "recipe.json").exists()
        half, whole = (write_shard(material, tmp_path / name, recipe) for name in ("half", "whole"))
    assert equal(half, whole)


def test_a_complete_shard_is_only_opened(material, tmp_path, monkeypatch):
    write_shard(material, tmp_path / "shard", SMALL)
    kill_after(monkeypatch, 0)
    write_shard(material, tmp_path / "shard", SMALL)


def test_a_shard_of_another_recipe_is_refused_and_kept(material, tmp_path):
    made = write_shard(material, tmp_path / "shard", SMALL)
    other = replace(SMALL, window="centre")
    with pytest.raises(MediaError, match=r"another window \(motion, not centre\)"):
        open_shard(tmp_path / "shard", other)
    with pytest.raises(MediaError, match="another window"):
        write_shard(material, tmp_path / "shard", other)
    assert equal(open_shard(tmp_path / "shard"), made)


def test_half_a_shard_of_another_recipe_or_material_is_refused(material, tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        kill_after(patch, 1)
        write_shard(material, tmp_path / "shard", SMALL, threads=1)
    with pytest.raises(MediaError, match="another seed"):
        write_shard(material, tmp_path / "shard", replace(SMALL, seed=9))
    (material / "a.png").rename(material / "c.png")
    with pytest.raises(MediaError, match="other clips and pictures"):
        write_shard(material, tmp_path / "shard", SMALL)


def test_arrays_that_nobody_accounts_for_are_not_overwritten(material, tmp_path):
    (tmp_path / "hr.npy").write_bytes(b"precious")
    with pytest.raises(MediaError, match="unknown origin"):
        write_shard(material, tmp_path, SMALL)
    assert (tmp_path / "hr.npy").read_bytes() == b"precious"


@pytest.mark.parametrize("name", ["hr", "flow"])
def test_a_shard_cut_in_half_is_refused(material, tmp_path, name):
    write_shard(material, tmp_path / "shard", SMALL)
    path = tmp_path / "shard" / f"{name}.npy"
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(MediaError, match="write it again"):
        open_shard(tmp_path / "shard")


def test_an_array_of_another_shard_is_refused(material, tmp_path):
    for name, size in (("a", 16), ("b", 18)):
        write_shard(material, tmp_path / name, replace(SMALL, size=size))
    (tmp_path / "b" / "lr.npy").replace(tmp_path / "a" / "lr.npy")
    with pytest.raises(MediaError, match="arrays are of another"):
        open_shard(tmp_path / "a")


def test_a_shard_of_before_still_opens(material, tmp_path):
    plain = ShardRecipe(samples=2, size=16, frames=3)
    write_shard(material, tmp_path / "shard", plain)
    (tmp_path / "shard" / "recipe.json").write_text(
        '{"scale": 4, "size": 16, "frames": 3, "samples": 2, "seed": 1, "real": 0.45, "corner": 0.7}'
    )
    assert open_shard(tmp_path / "shard", plain).recipe == plain


def test_a_disk_without_room_is_told_before_the_work_begins(material, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        write_shard(material, tmp_path / "shard", SMALL)
