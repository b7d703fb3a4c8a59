import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from duf.tiles import tiles


def blurred(picture: np.ndarray, reach: int) -> np.ndarray:
    """Something that looks `reach` pixels far and sees zeros beyond the border."""
    return sliding_window_view(np.pad(picture, reach), (2 * reach + 1,) * 2).sum((2, 3))


@pytest.mark.parametrize("size", [(100, 100), (300, 7), (231, 333), (140, 81)])
def test_parts_make_up_the_whole_exactly(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 1000, size)
    made = np.full(size, -1)
    for tile in tiles(*size, 8, 80 * 80):
        assert (made[tile.inside] == -1).all()
        made[tile.inside] = blurred(picture[tile.around], 8)[tile.kept]
    assert np.array_equal(made, blurred(picture, 8))


def test_all_parts_are_alike_so_that_nothing_is_compiled_twice() -> None:
    found = list(tiles(231, 333, 8, 80 * 80))
    shapes = {tuple(side.stop - side.start for side in tile.around) for tile in found}
    assert shapes == {(80, 80)} and len(found) > 12


def test_what_is_small_enough_stays_whole() -> None:
    assert len(list(tiles(240, 426, 8, 426 * 240))) == 1
