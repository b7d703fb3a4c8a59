"""The figures that a model is judged by: their names, how they are averaged and how they are written."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Figures:
    """Of one clip, or the mean of several. Not a number: there was nothing to measure."""

    psnr: float  # dB, of luma
    ssim: float  # 0..1, of luma
    flip: float  # 0 (looks the same) .. 1
    flicker: float  # levels of luma, of 255, by which the error changes from frame to frame
    static_flicker: float  # the same, where the truth stands still
    tof: float  # pixels by which the motion differs from the truth's

    def to_json(self) -> dict[str, float | None]:
        """None for what is no finite number."""
        return {name: value if math.isfinite(value) else None for name, value in asdict(self).items()}

    def cells(self) -> list[str]:
        """As written under HEADINGS."""
        return [written(getattr(self, name), digits) for name, (_, digits) in COLUMNS.items()]


COLUMNS = {  # heading, decimals
    "psnr": ("PSNR dB", 2),
    "ssim": ("SSIM", 4),
    "flip": ("FLIP", 4),
    "flicker": ("flicker", 3),
    "static_flicker": ("static flicker", 3),
    "tof": ("tOF px", 3),
}
HEADINGS = [heading for heading, _ in COLUMNS.values()]


def written(value: float, digits: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def from_json(values: dict[str, float | None]) -> Figures:
    return Figures(**{name: math.nan if value is None else value for name, value in values.items()})


def mean(several: Sequence[Figures]) -> Figures:
    """Figure by figure, over those that have it."""
    return Figures(**{field.name: average(getattr(one, field.name) for one in several) for field in fields(Figures)})


def average(values: Iterable[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan
