"""A folder of PNG pictures as a clip, in and out: 8 or 16 bit RGB, in the natural order of their names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from duf.errors import MediaError
from duf.media.colour import BT709, SITES, Coding, Floats, from_rgb
from duf.media.facts import DEFAULT_LIMITS, Limits
from duf.media.scenes import SceneDetector

LUMA = Coding(BT709, True, 8, SITES["center"])  # what scenes are found by
HEADER = 1 << 20  # bytes; what stands before the picture itself is rarely as long


class Still(NamedTuple):
    """One picture of a folder."""

    ordinal: int
    cut: bool  # whether a scene begins here
    name: str
    rgb: Floats
    bits: int


def names(folder: Path) -> list[str]:
    """The names of a folder's PNG files, 2 before 10. MediaError if there is none."""
    found = sorted((path.name for path in folder.iterdir() if path.suffix.lower() == ".png"), key=_natural)
    if not found:
        raise MediaError(f"There is no PNG picture in {folder}; give a folder of PNG files, or a video.")
    return found


def read_picture(path: Path, limits: Limits = DEFAULT_LIMITS) -> tuple[Floats, int]:
    """A picture as RGB float32 [h,w,3] in 0..1, and its bits a sample (8 or 16)."""
    width, height = _size(path)
    if width * height > limits.pixels:
        raise MediaError(
            f"{path.name} is {width}x{height}, more than the {limits.pixels / 1e6:.3g} megapixels allowed; "
            "use a smaller one."
        )
    stored = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    if stored is None:
        raise MediaError(f"{path.name} is damaged and cannot be read; copy it again.")
    bits = 16 if stored.dtype == np.uint16 else 8
    rgb = cv2.cvtColor(stored, cv2.COLOR_BGR2RGB)
    return np.asarray(rgb, np.float32) / np.float32((1 << bits) - 1), bits


def write_picture(path: Path, rgb: Floats, bits: int) -> None:
    """Write RGB [h,w,3] in 0..1 as PNG of 8 or 16 bits a sample."""
    top = (1 << bits) - 1
    whole = np.rint(np.clip(rgb, 0.0, 1.0) * top).astype(np.uint16 if bits == 16 else np.uint8)
    written, data = cv2.imencode(".png", cv2.cvtColor(whole, cv2.COLOR_RGB2BGR))
    if not written:
        raise MediaError(f"{path.name} is too large for PNG; use a smaller scale.")
    path.write_bytes(data.tobytes())


def notes(folder: Path) -> list[str]:
    """Sentences: what of a folder's pictures is not kept."""
    transparent = any(_is_transparent(folder / name) for name in names(folder))
    return ["Transparency is not kept; the pictures are opaque."] if transparent else []


def stills(folder: Path, limits: Limits = DEFAULT_LIMITS) -> Iterator[Still]:
    """Every picture in order, scenes found as in a video; MediaError where one has another size than the first."""
    first: tuple[int, ...] | None = None
    scenes = SceneDetector()
    for ordinal, name in enumerate(names(folder)):
        rgb, bits = read_picture(folder / name, limits)
        first = first or rgb.shape
        if rgb.shape != first:
            sizes = f"{rgb.shape[1]}x{rgb.shape[0]}, the first picture is {first[1]}x{first[0]}"
            raise MediaError(f"{name} is {sizes}; put pictures of different sizes into folders of their own.")
        luma = from_rgb(rgb, LUMA)[0]
        yield Still(ordinal, scenes.is_cut(luma), name, rgb, bits)


def _size(path: Path) -> tuple[int, int]:
    head = _head(path)
    if head[:8] != b"\x89PNG\r\n\x1a\n" or len(head) < 24:
        raise MediaError(f"{path.name} is not a PNG picture, whatever its name says; convert it.")
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def _is_transparent(path: Path) -> bool:
    """Whether it has an alpha channel, or one transparent colour."""
    header = _head(path, HEADER).partition(b"IDAT")[0]
    return header[25:26] in (b"\x04", b"\x06") or b"tRNS" in header


def _head(path: Path, length: int = 26) -> bytes:
    with path.open("rb") as file:
        return file.read(length)


def _natural(name: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part.lower()) for part in re.findall(r"\d+|\D+", name)]
