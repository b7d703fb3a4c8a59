"""File names: as people wrote them, made safe to show, to keep and to send."""

import unicodedata
from pathlib import PurePosixPath

from videos.models import Upscale

LONGEST = (
    180  # characters; with a suffix like " x4.mp4" it still fits the 255 bytes of most file systems in most scripts
)
NAMELESS = "video"


def safe_name(raw: str) -> str:
    """The last part of the path without control and direction marks, cut in the middle if it is too long."""
    last = raw.replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in last)
    kept = "".join(c for c in kept if unicodedata.category(c) not in {"Cf", "Cs"})
    name = " ".join(unicodedata.normalize("NFC", kept).split()).lstrip(". ")
    return _shortened(name) or NAMELESS


def result_name(upscale: Upscale) -> str:
    """What the browser calls the downloaded result."""
    stem = PurePosixPath(upscale.video.name).stem or NAMELESS
    return f"{stem} {upscale.target.replace('×', 'x')}.{upscale.container or 'mp4'}"


def _shortened(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    ending = PurePosixPath(name).suffix[:16]
    return name[: LONGEST - len(ending) - 1] + "…" + ending
