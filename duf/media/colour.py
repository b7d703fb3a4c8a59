"""Between the planes of a frame (Y'CbCr 4:2:0, 8 or 10 bit) and RGB 0..1, by the clip's own colour tags.

Transfer curves are left alone: gamma, PQ and HLG values stay as coded, so dark stays exactly as dark as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from duf.media.facts import VideoFacts

Plane = NDArray[np.uint8] | NDArray[np.uint16]
Planes = tuple[Plane, Plane, Plane]
Floats = NDArray[np.float32]

# The weights of red and blue in luma, by FFmpeg's name of the matrix.
WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "fcc": (0.30, 0.11),
    "bt470bg": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "bt2020nc": (0.2627, 0.0593),
    "bt2020c": (0.2627, 0.0593),
}
# Where a chroma sample lies (x, y) among the luma samples it belongs to, in luma samples from the first.
SITES = {
    "left": (0.0, 0.5),
    "center": (0.5, 0.5),
    "topleft": (0.0, 0.0),
    "top": (0.5, 0.0),
    "bottomleft": (0.0, 1.0),
    "bottom": (0.5, 1.0),
}
HD_HEIGHT = 720  # players take untagged video below this for BT.601, the rest for BT.709


class Coding(NamedTuple):
    """How samples stand for colours."""

    matrix: str  # a key of WEIGHTS
    full: bool  # full range (0..255), not limited (16..235)
    bits: int
    site: tuple[float, float]


def coding(video: VideoFacts) -> Coding:
    """The coding a player would assume: the tags where there are any, else by the height of the picture."""
    untagged = "bt709" if video.height >= HD_HEIGHT else "smpte170m"
    matrix = video.matrix if video.matrix in WEIGHTS else untagged
    site = SITES.get(video.chroma_location, SITES["left"])
    return Coding(matrix, video.range == "full", 10 if video.working_format.endswith("10le") else 8, site)


def to_rgb(planes: Planes, code: Coding) -> Floats:
    """Y [h,w], U and V [ceil(h/2),ceil(w/2)] as float32 RGB [h,w,3], clipped to 0..1."""
    luma, *chroma = planes
    height, width = luma.shape
    wide = [_double(_double(c.astype(np.float32), code.site[1]).T, code.site[0]).T[:height, :width] for c in chroma]
    samples = cv2.merge([luma.astype(np.float32), *(np.ascontiguousarray(c) for c in wide)])
    rgb = _transform(samples, _affine_inverse(_to_samples(code)))
    return np.clip(rgb, 0.0, 1.0, out=rgb)


def from_rgb(rgb: Floats, code: Coding) -> Planes:
    """RGB [h,w,3] as the three planes, rounded to the nearest code; values outside 0..1 are clipped first."""
    luma, *chroma = cv2.split(_transform(np.clip(rgb, 0.0, 1.0), _to_samples(code)))
    small = [_halve(_halve(_even(c), code.site[1]).T, code.site[0]).T for c in chroma]
    return _quantise(luma, code.bits), _quantise(small[0], code.bits), _quantise(small[1], code.bits)


def _to_samples(code: Coding) -> NDArray[np.float64]:
    """The affine map [3,4] from RGB 0..1 to sample values."""
    red, blue = WEIGHTS[code.matrix]
    luma = np.array([red, 1 - red - blue, blue])
    basis = np.stack([luma, (np.eye(3)[2] - luma) / (2 - 2 * blue), (np.eye(3)[0] - luma) / (2 - 2 * red)])
    step = 1 << (code.bits - 8)
    top = (1 << code.bits) - 1
    scale, floor = ((top, top, top), 0) if code.full else ((219 * step, 224 * step, 224 * step), 16 * step)
    return np.column_stack([basis * np.array(scale)[:, None], [floor, 128 * step, 128 * step]])


def _affine_inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linalg.inv(np.vstack([matrix, [0, 0, 0, 1]]))[:3]


def _transform(pixels: Floats, matrix: NDArray[np.float64]) -> Floats:
    result: Any = cv2.transform(pixels, matrix.astype(np.float32))
    return result  # type: ignore[no-any-return]


def _double(plane: Floats, site: float) -> Floats:
    """Twice the rows, interpolated for samples that lie `site` luma rows below their first luma row."""
    before, after = np.concatenate([plane[:1], plane[:-1]]), np.concatenate([plane[1:], plane[-1:]])
    result = np.empty((2 * plane.shape[0], plane.shape[1]), np.float32)
    result[0::2] = (1 - site / 2) * plane + site / 2 * before
    result[1::2] = (1 + site) / 2 * plane + (1 - site) / 2 * after
    return result


def _halve(plane: Floats, site: float) -> Floats:
    """Half the rows: the transpose of `_double`, so that going there and back moves nothing."""
    even, odd = plane[0::2], plane[1::2]
    below, above = np.concatenate([even[1:], even[-1:]]), np.concatenate([odd[:1], odd[:-1]])
    near = (1 - site / 2) * even + (1 + site) / 2 * odd
    return np.asarray((near + site / 2 * below + (1 - site) / 2 * above) / 2, np.float32)


def _even(plane: Floats) -> Floats:
    height, width = plane.shape
    return np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")


def _quantise(plane: Floats, bits: int) -> Plane:
    whole = np.clip(np.rint(plane), 0, (1 << bits) - 1)
    return np.ascontiguousarray(whole, np.uint8 if bits == 8 else np.uint16)
