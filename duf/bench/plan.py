"""What is to be measured."""

from dataclasses import dataclass

PRESETS = ("superfast", "veryfast")
OF_IT = "the network's part of it"  # of all before the encoder
MOST, LEAST = 480, 24  # frames of a clip that nobody chose the length of
ENOUGH = 120.0  # core seconds for one run over it, by the static table


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    model: str = "stream"
    precision: str | None = None
    scale: int = 4
    width: int = 426
    height: int = 240
    frames: int = MOST
    runs: int = 5

    @property
    def title(self) -> str:
        return f"{self.model} {self.width}x{self.height} x{self.scale}"


def length(cost: float, width: int, height: int) -> int:
    """How many frames are measured of a model of that cost (core seconds per million pixels): fewer if it is slow."""
    return max(LEAST, min(MOST, int(ENOUGH / (cost * width * height / 1e6))))
