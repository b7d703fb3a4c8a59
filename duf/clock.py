"""Moments as people write them."""

import re
from math import floor

CLOCK = re.compile(r"(?:([0-9]+):)?(?:([0-9]{1,2}):)?([0-9]+(?:\.[0-9]*)?)", re.ASCII)


def seconds(text: str) -> float:
    """`90`, `1:30` and `0:01:30.5` as seconds. ValueError for anything else."""
    if not CLOCK.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a time; write seconds or h:mm:ss")
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + float(part)
    return total


def written(seconds: float) -> str:
    """The other way round, never later and less than a millisecond earlier: 0:07, 1:02:05.25."""
    minutes, rest = divmod(floor(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    ending = f"{rest / 1000:06.3f}".rstrip("0").rstrip(".")
    return f"{hours}:{minutes:02}:{ending}" if hours else f"{minutes}:{ending}"
