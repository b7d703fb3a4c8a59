"""Damaged files of every kind: each is read or refused in a sentence, within its limits, and touches nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from duf.errors import MediaError
from duf.media import Limits, index, probe, read
from tests.duf.clips import Sound, Text, make
from tests.duf.hostile import Canaries, canaries

LIMITS = Limits(memory=3 << 29, cpu_seconds=20, silence=30.0, frames=5000)
EVEN = {"time_base": Fraction(1, 25)}
SOUND = {"sounds": (Sound(),)}
KINDS = {
    "a.mp4": {**SOUND, "texts": (Text(codec="mov_text"),), "b_frames": 2},
    "b.mp4": {"codec": "libx265"},
    "a.mov": {**SOUND, "codec": "mpeg4"},
    "a.mkv": {**SOUND, "attachment": b"font" * 50, "chapters": [(0.0, 0.2, "one")]},
    "a.webm": {"codec": "libvpx-vp9"},
    "a.avi": {**EVEN, "codec": "mpeg4"},
    "a.ts": SOUND,
    "a.mpg": {"codec": "mpeg2video", **EVEN},
    "a.flv": {},
    "a.wmv": {"codec": "wmv2"},
    "a.ogv": {"codec": "libvpx"},
    "a.gif": {"codec": "gif", "pix_fmt": "rgb8"},
    "a.y4m": {"codec": "wrapped_avframe", **EVEN},
}
NUMBERS = [0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
HEAD = 4096  # bytes that say most of what a file claims to be
Bytes = bytearray
Mutation = Callable[[Bytes, np.random.Generator, list[bytes]], Bytes]


def somewhere(data: Bytes, rng: np.random.Generator) -> int:
    """As often in the head as elsewhere."""
    reach = min(len(data), HEAD) if rng.random() < 0.5 else len(data)
    return int(rng.integers(max(1, reach)))


def flipped(data: Bytes, rng: np.random.Generator, words: list[bytes]) -> Bytes:
    for _ in range(int(rng.integers(1, 30))):
        data[somewhere(data, rng)] ^= 1 << int(rng.integers(8))
    return data


def extreme(data: Bytes, rng: np.random.Generator, words: list[bytes]) -> Bytes:
    for _ in range(int(rng.integers(1, 6))):
        at, order = somewhere(data, rng), rng.choice(["big", "little"])
        data[at : at + 4] = int(rng.choice(NUMBERS)).to_bytes(4, order)
    return data


def removed(data: Bytes, rng: np.random.Generator, words: list[bytes]) -> Bytes:
    at = somewhere(data, rng)
    del data[at : at + int(rng.integers(1, 2000))]
    return data


def repeated(data: Bytes, rng: np.random.Generator, words: list[bytes]) -> Bytes:
    at = somewhere(data, rng)
    data[at:at] = data[at : at + int(rng.integers(1, 2000))] * int(rng.integers(1, 20))
    return data


def overwritten(data: Bytes, rng: np.random.Generator, words: list[bytes]) -> Bytes:
    at, count = somewhere(data, rng), int(rng.integers(1, 500))
    data[at : at + count] = rng.bytes(count)
    return data


def pointing_elsewhere(data: Bytes, rng: np.random.Generator, words: list[bytes]) -> Bytes:
    word, at = words[int(rng.integers(len(words)))], somewhere(data, rng)
    data[at : at + len(word)] = word
    return data


def cut_off(data: Bytes, rng: np.random.Generator, words: list[bytes]) -> Bytes:
    return data[: int(rng.integers(1, len(data)))]


MUTATIONS: list[Mutation] = [flipped, extreme, removed, repeated, overwritten, pointing_elsewhere, cut_off]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("seeds")
    return [make(folder / name, **recipe).read_bytes() for name, recipe in KINDS.items()]


@pytest.fixture
def birds(tmp_path: Path) -> Iterator[Canaries]:
    with canaries(tmp_path) as found:
        yield found


def damaged(seed: bytes, rng: np.random.Generator, birds: Canaries) -> bytes:
    words = [birds.url.encode(), str(birds.file).encode(), b"#EXTM3U\n", b"ffconcat version 1.0\nfile "]
    data = bytearray(seed)
    for number in rng.integers(len(MUTATIONS), size=rng.integers(1, 4)):
        data = MUTATIONS[number](data, rng, words) or bytearray(b"\0")
    return bytes(data)


def outcomes(path: Path) -> Iterator[str]:
    """What each way to look at a file comes to: "read", or the sentence of its refusal."""
    for look in (probe, index, lambda file, limits: list(read(file, limits))):
        try:
            look(path, LIMITS)
            yield "read"
        except MediaError as refusal:
            yield str(refusal)


def survive(count: int, seeds: list[bytes], folder: Path, birds: Canaries) -> Counter[str]:
    """Looks at so many damaged files, of every kind in turn; how often each came out as what."""
    seen: Counter[str] = Counter()
    path = folder / "upload"
    for n in range(count):
        path.write_bytes(damaged(seeds[n % len(seeds)], np.random.default_rng(n), birds))
        for outcome in outcomes(path):
            assert outcome == "read" or (outcome.endswith(".") and "\n" not in outcome and len(outcome) < 250), n
            seen["read" if outcome == "read" else "refused"] += 1
        assert birds.song() == [], n
    return seen


def test_damaged_files_of_every_kind_are_read_or_refused(seeds, tmp_path, birds):
    seen = survive(len(KINDS), seeds, tmp_path, birds)
    assert seen["read"] and seen["refused"]


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_two_thousand_damaged_files_are_read_or_refused(seeds, tmp_path, birds):
    seen = survive(2000, seeds, tmp_path, birds)
    assert seen["read"] > 500 and seen["refused"] > 500
