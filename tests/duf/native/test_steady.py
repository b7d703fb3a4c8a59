"""The kernel that holds pictures against NumPy."""

from ctypes import CDLL, byref

import numpy as np
import pytest

from duf.native import Holding
from duf.steady import FINE, Shares, mix, mixed, taller

rng = np.random.default_rng(9)
KINDS = {"uint8": (8, FINE), "uint16": (10, FINE - 2)}  # bits of what is given out, and more of what is shown
Given = tuple[np.ndarray, np.ndarray, Shares, float, int]


def given(kind: str, height: int, width: int, rows: int) -> Given:
    """What is shown, a picture that is near it in most places, shares, of which many are none or all, limit, finer."""
    shares = rng.choice(np.arange(-200, 456).clip(0, 255), (rows, width)).astype(np.uint8)
    if kind == "float32":
        shown = rng.random((height, width), dtype=np.float32)
        return shown, shown + (0.03 * rng.standard_normal(shown.shape)).astype(np.float32), shares, 6 / 255, 0
    bits, finer = KINDS[kind]
    top, limit = 1 << bits, 6 << FINE
    shown = rng.integers(0, (top << finer) - (1 << finer), (height, width))
    near = (shown + rng.integers(-limit - 3, limit + 4, shown.shape)) >> finer
    now = np.where(rng.random(shown.shape) < 0.1, rng.integers(0, top, shown.shape), near.clip(0, top - 1))
    return shown.astype(np.int16), now.astype(kind), shares, limit, finer


@pytest.mark.parametrize("kind", [*KINDS, "float32"])
@pytest.mark.parametrize(("height", "width", "rows"), [(40, 164, 10), (39, 47, 13), (20, 33, 10), (4, 3, 2), (1, 1, 1)])
def test_it_is_what_numpy_makes(
    library: CDLL, monkeypatch: pytest.MonkeyPatch, kind: str, height: int, width: int, rows: int
) -> None:
    monkeypatch.setattr("duf.steady.kernels", lambda: library)
    shown, now, shares, limit, finer = given(kind, height, width, rows)
    by_numpy, written = shown.copy(), now.copy()
    mix(shown, now, shares, limit, finer)
    monkeypatch.setattr("duf.steady.kernels", lambda: None)
    mix(by_numpy, written, shares, limit, finer)
    np.testing.assert_allclose(shown, by_numpy, rtol=0, atol=1e-6 if kind == "float32" else 0)
    np.testing.assert_allclose(now, written, rtol=0, atol=1e-6 if kind == "float32" else 0)


@pytest.mark.parametrize("kind", [*KINDS, "float32"])
@pytest.mark.parametrize("share", [0, 255])
def test_none_of_a_change_leaves_what_was_and_all_of_it_what_is(
    library: CDLL, monkeypatch: pytest.MonkeyPatch, kind: str, share: int
) -> None:
    monkeypatch.setattr("duf.steady.kernels", lambda: library)
    shown, now, shares, limit, finer = given(kind, 12, 50, 3)
    before, fresh = shown.copy(), now.copy()
    shares[:] = share
    change = np.abs(now.astype(np.float64) * 2**finer - shown)
    near, far = change < limit - 1e-6, change > limit + 1e-6
    mix(shown, now, shares, limit, finer)
    held = (before + (1 << finer >> 1) >> finer) if finer else before
    assert near.any() and np.array_equal(now[near], (held if share == 0 else fresh)[near])
    assert far.any() and np.array_equal(now[far], fresh[far])


@pytest.mark.parametrize(("kind", "top"), [("uint8", 255), ("uint16", 1023)])
def test_the_brightest_stays_the_brightest(library: CDLL, monkeypatch: pytest.MonkeyPatch, kind: str, top: int) -> None:
    monkeypatch.setattr("duf.steady.kernels", lambda: library)
    now, finer = np.full((4, 40), top, kind), KINDS[kind][1]
    shown = (now.astype(np.int16) << finer) - 1
    for share in (0, 100, 255):
        mix(shown, now, np.full((4, 40), share, np.uint8), 6 << FINE, finer)
        assert (now == top).all()


def test_rows_may_be_shared(library: CDLL) -> None:
    shown, now, shares, limit, finer = given("uint8", 20, 33, 7)
    wanted = mixed(shown, now, taller(shares, 20), limit, finer)
    holding = Holding(33, 20, 7, 1, finer, limit, *(array.ctypes.data for array in (shares, shown, now)))
    for first, last in ((13, 20), (0, 6), (6, 13)):
        library.hold(byref(holding), first, last)
    assert np.array_equal(shown, wanted)
