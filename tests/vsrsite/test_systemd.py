"""The samples for systemd start what `make run` starts, and systemd understands them."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vsrsite.paths import BASE_DIR

UNITS = BASE_DIR / "deploy" / "systemd"
IDLE = Path("vsr-cluster@heavy.service.d/idle.conf")
PYTHON = "/opt/vsr/.venv/bin/python"


def commands(text: str, key: str) -> list[str]:
    return [line.partition("=")[2].strip() for line in text.splitlines() if line.partition("=")[0].strip() == key]


def test_the_units_start_what_supervisord_starts() -> None:
    supervised = configparser.ConfigParser(interpolation=None)
    supervised.read(BASE_DIR / "supervisord.conf")
    wanted = {supervised[name]["command"] for name in supervised.sections() if name.startswith("program:")}
    (web,) = commands((UNITS / "vsr-web.service").read_text(), "ExecStart")
    (cluster,) = commands((UNITS / "vsr-cluster@.service").read_text(), "ExecStart")
    started = {web, cluster.replace("%i", "light"), cluster.replace("%i", "heavy")}
    assert {command.replace(PYTHON, "python") for command in started} == wanted


def test_conversions_yield_to_all_other_services() -> None:
    for file in (IDLE, "vsridle.slice"):
        assert commands((UNITS / file).read_text(), "CPUWeight") == ["idle"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd on this machine")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    for unit in filter(Path.is_file, UNITS.iterdir()):
        text = unit.read_text().replace(PYTHON, sys.executable).replace("/opt/vsr", str(BASE_DIR))
        (tmp_path / unit.name).write_text(text)
    shutil.copytree(UNITS / IDLE.parent, tmp_path / IDLE.parent)
    names = ["vsr.target", "vsr-web.service", "vsr-cluster@light.service", "vsr-cluster@heavy.service", "vsridle.slice"]
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in names)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
