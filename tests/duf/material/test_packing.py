import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from duf.__main__ import main
from duf.errors import MediaError
from duf.material.packing import fitting, pack, unpack
from duf.material.shards import ARRAYS, ShardRecipe, write_shard
from tests.duf.material import made as little

SMALL = ShardRecipe(samples=4, size=16, frames=3, h264=0.5)
ROOT = Path(__file__).parents[3]


@pytest.fixture
def material(tmp_path):
    return little.make(tmp_path / "material")


def test_the_unpacked_shard_is_the_one_of_the_material(material, tmp_path):
    assert pack(material, "run-1", SMALL, tmp_path / "run.zip", 10**6) == []
    folder, shard = unpack(tmp_path / "run.zip", tmp_path / "runs")
    direct = write_shard(material, tmp_path / "direct", SMALL)
    assert folder == tmp_path / "runs" / "run-1" / "shard" and shard.recipe == SMALL
    assert all(np.array_equal(getattr(shard, name), getattr(direct, name)) for name in ARRAYS)
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["run-1"]


@pytest.mark.parametrize("count", [1, 300])
def test_a_pack_is_never_larger_than_its_limit(tmp_path, count):
    folder = tmp_path / "m"
    folder.mkdir()
    for n in range(count):
        (folder / f"{'a long name ' * 8}{n}.jpg").write_bytes(os.urandom(2000))
    left_out = pack(folder, "run", SMALL, tmp_path / "run.zip", 300_000)
    size = (tmp_path / "run.zip").stat().st_size
    assert size <= 300_000
    assert not left_out if count == 1 else (0 < len(left_out) < count and size > 250_000)


def test_what_finds_no_room_is_the_same_each_time():
    sizes = {f"{n}.jpg": 1000 for n in range(50)}
    assert list(fitting(sizes, 20_000)) == list(fitting(dict(reversed(sizes.items())), 20_000))


def test_a_file_is_not_overwritten_and_nothing_is_not_packed(material, tmp_path):
    file = tmp_path / "run.zip"
    with pytest.raises(MediaError, match="fits into 0.003 MB"):
        pack(material, "run", SMALL, file, 3000)
    file.write_text("precious")
    with pytest.raises(MediaError, match="exists already"):
        pack(material, "run", SMALL, file, 10**6)
    assert file.read_text() == "precious"


def test_a_pack_cut_in_half_is_refused(material, tmp_path):
    file = tmp_path / "run.zip"
    pack(material, "run", SMALL, file, 10**6)
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(MediaError, match="cut in half"):
        unpack(file, tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_whose_name_leads_elsewhere_is_refused(tmp_path):
    with ZipFile(tmp_path / "run.zip", "w") as packed:
        packed.writestr("recipe.json", json.dumps({"run": "../elsewhere", "shard": {}}))
    with pytest.raises(MediaError, match="no folder"):
        unpack(tmp_path / "run.zip", tmp_path / "runs")


def test_unpacking_needs_no_network_library():
    code = "import sys, duf.material.packing; sys.exit(bool({'keras', 'tensorflow', 'django'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_from_the_command_line(material, tmp_path, capsys):
    file = tmp_path / "run.zip"
    assert main(["pack", "ablation-windows-centre", "--data", str(material), "--to", str(file)]) == 0
    assert "samples once unpacked" in capsys.readouterr().out
    assert main(["pack", "ablation-windows-centre", "--data", str(material), "--to", str(file)]) == 1
    assert main(["unpack", str(material / "a.png"), "--to", str(tmp_path)]) == 1
    assert "no packed run" in capsys.readouterr().err
