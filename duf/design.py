"""What a DUF network is made of, for those who do without Keras."""

from typing import NamedTuple

FRAMES = 7
TAPS = 5
SCALES = (2, 3, 4)


class Body(NamedTuple):
    """The dense blocks of one depth: how many, and the channels that each adds."""

    blocks: int
    growth: int


BODIES = {16: Body(6, 32), 28: Body(12, 16), 52: Body(24, 16)}
EPSILON = 1e-3  # of the normalisations
SHORTENING = 3  # the last blocks see no frames beyond the ends: each leaves two fewer, 7 -> 5 -> 3 -> 1
