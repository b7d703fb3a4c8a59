"""DUF without looking at a moment seven times: windows share what they agree on, exact to rounding.

A column is what the network makes of one of the seven moments of a window. A block makes the next column of one from it
and the two beside it, so after n blocks the columns n to 6 - n have not felt the window's ends: they are those of the
next window, one place further on, and computed once.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from duf.design import FRAMES, SHORTENING
from duf.upscaler import Rgb

TERMS = range(3)  # of a look around in time: what comes of the moment before, of this one, and of the one after


class Column(NamedTuple):
    """What is known of a moment, and what the next block takes of it.

    A look is a sum, look[i] = terms[0] of column i - 1 + terms[1] of i + terms[2] of i + 1, without those beyond the
    ends. None stands for what no look needs.
    """

    features: Any
    terms: Sequence[Any]


Window = Sequence[Column]
Known = list[Sequence[Column]]


class Shared(ABC):
    """Runs a DUF network so that windows share what they see; whatever computes it says how."""

    blocks: int

    @property
    def reach(self) -> int:
        """Pixels: each look one, and the entry and the exit."""
        return self.blocks + 2

    @abstractmethod
    def entered(self, frame: Any) -> Any:
        """The features of a frame [h, w, 3] in 0..1."""

    @abstractmethod
    def column(self, number: int, features: Any, terms: Sequence[int]) -> Column:
        """With those terms that block `number`, from 0, takes of these features."""

    @abstractmethod
    def looked(self, window: Window, at: int) -> Any:
        """The features of a window's moment after the look."""

    @abstractmethod
    def told(self, features: Any) -> tuple[Any, Any]:
        """What the heads say: logits [h, w, taps taps s s] and residual [h, w, 3 s s]."""

    @abstractmethod
    def enlarged(self, frame: Rgb, window: Window, known: Known) -> tuple[Rgb, Known]:
        """The picture of the middle frame from seven glances, clipped, and what the next window may know already.

        `known`: that of the window before; empty where there was none.
        """

    def glance(self, frame: Any) -> Column:
        """What a frame shows by itself."""
        return self.column(0, self.entered(frame), TERMS)

    def heads(self, window: Window, known: Known) -> tuple[Any, Any, Known]:
        """As `enlarged`, with what the heads say in the place of the picture."""
        lasting: Known = []
        for number in range(self.blocks - 1):
            window = self.after(number, window, known[number] if known else [])
            lasting.append(window[number + 2 : FRAMES - number - 1])
        return *self.told(self.looked(window, 1)), lasting

    def after(self, number: int, window: Window, kept: Sequence[Column]) -> Window:
        """The columns after block `number`, of which those from number + 1 on are `kept`."""
        places = self.places(number, len(window))
        further = self.places(number + 1, len(places))
        columns = []
        for n, at in enumerate(places):
            if 0 <= n - number - 1 < len(kept):
                columns.append(kept[n - number - 1])
            else:
                terms = [term for term in TERMS if n + 1 - term in further]
                columns.append(self.column(number + 1, self.looked(window, at), terms))
        return columns

    def places(self, number: int, count: int) -> range:
        """Which of `count` columns there still are after block `number`."""
        return range(count) if number < self.blocks - SHORTENING else range(1, count - 1)
