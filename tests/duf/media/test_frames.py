"""The index on disk."""

from pathlib import Path

import numpy as np
import pytest

from duf.media.frames import Index


def an_index() -> Index:
    return Index(
        pts=np.array([-5, 40, 90], np.int64),
        duration=np.array([45, 50, 40], np.int64),
        crc=np.array([1, 2**32 - 1, 3], np.uint32),
        cuts=np.array([True, False, True]),
        repaired=2,
        notes=["Größe wechselt."],
    )


def test_an_index_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    index = an_index()
    index.save(tmp_path / "index.npz")
    back = Index.load(tmp_path / "index.npz")
    assert (back.repaired, back.damaged, back.notes) == (2, 0, ["Größe wechselt."])
    for name in ("pts", "duration", "crc", "cuts"):
        stored, kept = getattr(back, name), getattr(index, name)
        assert stored.dtype == kept.dtype
        assert stored.tolist() == kept.tolist()


def test_an_index_knows_its_span() -> None:
    assert (len(an_index()), an_index().span) == (3, 135)


def test_a_pickle_in_place_of_an_index_is_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "index.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="pickle"):
        Index.load(tmp_path / "index.npy")
