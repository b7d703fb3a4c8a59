"""What is to be measured."""

from dataclasses import dataclass

PRESETS = ("superfast", "veryfast")


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    model: str = "stream"
    precision: str | None = None
    scale: int = 4
    width: int = 426
    height: int = 240
    frames: int = 480
    runs: int = 5

    @property
    def title(self) -> str:
        return f"{self.model} {self.width}x{self.height} x{self.scale}"
