"""How a sharp clip becomes the source that models are judged on.

"paper" is the DUF paper's: Gaussian, corner phase, 8 bit. "video" is what real sources go through: averaged by area,
centre phase, then, at a CRF, compressed by x264 (duf/material/compression.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from duf.errors import MediaError
from duf.material.compression import compressed
from duf.material.degradation import DEGRADATIONS
from duf.material.footage import Picture


@dataclass(frozen=True)
class Protocol:
    name: str
    sampling: str  # the phase, a key of DEGRADATIONS
    crf: int | None = None  # of x264; None: not compressed

    @property
    def title(self) -> str:
        return self.name if self.crf is None else f"{self.name}, CRF {self.crf}"

    def sources(self, frames: Iterable[Picture], scale: int) -> Iterator[Picture]:
        """A small frame for each sharp one, whose sides are multiples of 2 x scale. [h, w, 3] uint8 RGB."""
        small = (DEGRADATIONS[self.sampling](frame, scale) for frame in frames)
        return small if self.crf is None else compressed(small, self.crf)


PAPER = Protocol("paper", "corner")
VIDEO = Protocol("video", "centre")
PROTOCOLS = {protocol.name: protocol for protocol in (PAPER, VIDEO)}


def protocol(name: str, crf: int | None = None) -> Protocol:
    """The protocol of that name; MediaError if it does not compress and a CRF is asked for."""
    chosen = PROTOCOLS[name]
    if crf is not None and chosen is not VIDEO:
        raise MediaError(f"The {name} protocol does not compress: leave out the CRF, or choose video.")
    return Protocol(name, chosen.sampling, crf)
