"""Pictures in parts, for networks that need more memory than there is.

What a network that reaches `reach` pixels far makes of a part and `reach` pixels around it is, inside, what it makes of
the whole.
"""

from collections.abc import Iterator
from typing import NamedTuple

LEAST = 64  # pixels a side of a part, besides what it has around it


class Tile(NamedTuple):
    """What is looked at (`around`) and what of it counts (`inside`, in the picture; `kept`, in what is looked at)."""

    around: tuple[slice, slice]
    inside: tuple[slice, slice]
    kept: tuple[slice, slice]


def tiles(height: int, width: int, reach: int, most: int) -> Iterator[Tile]:
    """Parts of one size, of about `most` pixels or fewer, that make up a picture."""
    side = max(LEAST + 2 * reach, int(most**0.5))
    across = width if height * width <= most else side
    down = height if height * width <= most else side
    for rows in parts(height, down, reach):
        for columns in parts(width, across, reach):
            yield Tile(*zip(rows, columns, strict=True))


def parts(length: int, size: int, reach: int) -> Iterator[tuple[slice, slice, slice]]:
    """`around`, `inside` and `kept` of each part along one side; the last ones overlap more, so that all are alike."""
    size, done = min(length, size), 0
    while done < length:
        first = min(max(0, done - reach), length - size)
        last = length if first + size == length else first + size - reach
        yield slice(first, first + size), slice(done, last), slice(done - first, last - first)
        done = last
