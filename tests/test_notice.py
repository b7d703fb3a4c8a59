"""NOTICE against what is installed: nothing that runs is left out, and no licence is another than its package says."""

import ctypes
import json
import re
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import av
import pytest
from packaging.requirements import Requirement

from vsrsite.paths import BASE_DIR

NOTICE = (BASE_DIR / "NOTICE").read_text()
LISTED = dict(re.findall(r"^    (\S+)  +(.+)$", NOTICE, re.MULTILINE))
PYAV = Path(av.__file__).parents[1] / "av.libs"


def required() -> Iterator[str]:
    """Every package that `pip install -r requirements.txt` brings to this machine."""
    lines = (BASE_DIR / "requirements.txt").read_text().splitlines()
    waiting = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    seen: set[tuple[str, str]] = set()
    while waiting:
        asked = waiting.pop()
        new = [extra for extra in ("", *asked.extras) if (normal(asked.name), extra) not in seen]
        seen |= {(normal(asked.name), extra) for extra in new}
        for further in map(Requirement, distribution(asked.name).requires or []):
            if not further.marker or any(further.marker.evaluate({"extra": extra}) for extra in new):
                waiting.extend([further] if new else [])
    yield from sorted({name for name, _ in seen})


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence(name: str) -> str:
    """As the package itself says; empty if it does not."""
    told = distribution(name).metadata
    classes = [line.split(" :: ")[-1] for line in told.get_all("Classifier", []) if line.startswith("License ::")]
    short = (told.get("License") or "").strip()
    return told.get("License-Expression") or (short if "\n" not in short else "") or "; ".join(classes)


def test_every_package_that_runs_is_listed_with_its_licence() -> None:
    wrong = []
    for name in required():
        told = licence(name)
        if name not in LISTED or told not in ("", LISTED[name]):
            wrong.append(f"    {name:28}{told}")
    assert not wrong, "NOTICE needs these lines:\n" + "\n".join(wrong)


@pytest.mark.skipif(not PYAV.exists(), reason="this PyAV is no wheel")
def test_every_library_inside_pyav_is_named() -> None:
    inside = {re.split(r"[-.]", file.name)[0] for file in PYAV.iterdir()}
    assert not [name for name in sorted(inside) if name not in NOTICE]
    codec = ctypes.CDLL(str(next(PYAV.glob("libavcodec-*"))))
    codec.avcodec_license.restype = ctypes.c_char_p
    assert codec.avcodec_license().decode() in NOTICE


@pytest.mark.parametrize("card", sorted((BASE_DIR / "duf/models").glob("*.json")), ids=lambda card: card.name)
def test_what_the_weights_were_trained_on_is_named_as_on_their_card(card: Path) -> None:
    assert json.loads(card.read_text())["data"] in " ".join(NOTICE.split())
