"""Nothing is installed whose version and checksum the repository does not name."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from vsrsite.paths import BASE_DIR

LOCKED = BASE_DIR / "locked"
ASKED = sorted(BASE_DIR.glob("requirements*.txt"))
PIN = re.compile(r"^(\S+)==(\S+)[^\\]*((?:\\\n +--hash=sha256:[0-9a-f]{64} ?)+)$", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    """Version by name, of all lines that name one."""
    lines = (line.split(";")[0].strip(" \\").split("==") for line in text.splitlines() if "==" in line.split(";")[0])
    return {canonicalize_name(name): version for name, version in lines}


CONSTRAINTS = pins((BASE_DIR / "constraints.txt").read_text())


def names(file: Path) -> set[str]:
    """What a file of requirements asks for, and the files that it takes in."""
    found: set[str] = set()
    for line in file.read_text().splitlines():
        if line.startswith("-r "):
            found |= names(file.with_name(line.removeprefix("-r ")))
        elif line and not line.startswith(("#", "-")):
            found.add(canonicalize_name(Requirement(line).name))
    return found


@pytest.mark.parametrize("file", sorted(LOCKED.glob("*.txt")), ids=lambda file: file.stem)
def test_every_package_has_its_checksums_and_the_version_of_the_constraints(file: Path) -> None:
    text = file.read_text()
    locked = pins(text)
    assert locked and len(PIN.findall(text)) == len(locked)
    assert {name: version for name, version in locked.items() if CONSTRAINTS.get(name, version) != version} == {}


@pytest.mark.parametrize("file", ASKED, ids=lambda file: file.stem)
def test_all_that_is_asked_for_is_locked(file: Path) -> None:
    assert names(file) <= set(pins((LOCKED / file.name).read_text()))


def test_every_install_demands_the_checksums() -> None:
    for file in ("Makefile", "Dockerfile"):
        installs = re.findall(r"^.*\bpip install\b.*$", (BASE_DIR / file).read_text(), re.MULTILINE)
        assert installs and all("--require-hashes" in line for line in installs)
