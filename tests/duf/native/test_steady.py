"""The kernel that holds pictures against NumPy."""

from ctypes import CDLL, byref

import numpy as np
import pytest

from duf.native import Holding
from duf.steady import Shares, mix, mixed, taller

rng = np.random.default_rng(9)
KINDS = {"uint8": (256, 6), "uint16": (1024, 24)}


def given(kind: str, height: int, width: int, rows: int) -> tuple[np.ndarray, np.ndarray, Shares, float]:
    """Two pictures that are near each other in most places, shares of which many are none or all, and the limit."""
    shares = rng.choice(np.arange(-200, 456).clip(0, 255), (rows, width)).astype(np.uint8)
    if kind == "float32":
        before = rng.random((height, width, 3), dtype=np.float32)
        return before, before + (0.03 * rng.standard_normal(before.shape)).astype(np.float32), shares, 6 / 255
    top, limit = KINDS[kind]
    before = rng.integers(0, top, (height, width))
    now = np.where(rng.random(before.shape) < 0.1, rng.integers(0, top, before.shape), 0)
    now = np.where(now > 0, now, (before + rng.integers(-limit - 3, limit + 4, before.shape)).clip(0, top - 1))
    return before.astype(kind), now.astype(kind), shares, limit


@pytest.mark.parametrize("kind", [*KINDS, "float32"])
@pytest.mark.parametrize(("height", "width", "rows"), [(40, 164, 10), (39, 47, 13), (20, 33, 10), (4, 3, 2), (1, 1, 1)])
def test_it_is_what_numpy_makes(
    library: CDLL, monkeypatch: pytest.MonkeyPatch, kind: str, height: int, width: int, rows: int
) -> None:
    monkeypatch.setattr("duf.steady.kernels", lambda: library)
    before, now, shares, limit = given(kind, height, width, rows)
    kept, wanted = before.copy(), mixed(before, now, taller(shares, height), limit)
    mix(before, now, shares, limit)
    assert np.array_equal(before, kept)
    if kind == "float32":
        np.testing.assert_allclose(now, wanted, rtol=0, atol=1e-6)
    else:
        assert np.array_equal(now, wanted)


@pytest.mark.parametrize("kind", [*KINDS, "float32"])
@pytest.mark.parametrize("share", [0, 255])
def test_none_of_a_change_leaves_what_was_and_all_of_it_what_is(
    library: CDLL, monkeypatch: pytest.MonkeyPatch, kind: str, share: int
) -> None:
    monkeypatch.setattr("duf.steady.kernels", lambda: library)
    before, now, shares, limit = given(kind, 12, 50, 3)
    shares[:], fresh = share, now.copy()
    change = np.abs(now.astype(np.float64) - before)
    near, far = change < limit - 1e-6, change > limit + 1e-6
    mix(before, now, shares, limit)
    assert near.any() and np.array_equal(now[near], (before if share == 0 else fresh)[near])
    assert far.any() and np.array_equal(now[far], fresh[far])


def test_rows_may_be_shared(library: CDLL) -> None:
    before, now, shares, limit = given("uint8", 20, 33, 7)
    wanted = mixed(before, now, taller(shares, 20), limit)
    holding = Holding(33, 20, 7, 1, limit, *(array.ctypes.data for array in (shares, before, now)))
    for first, last in ((13, 20), (0, 6), (6, 13)):
        library.hold(byref(holding), first, last)
    assert np.array_equal(now, wanted)
