"""Between the planes of a frame (Y'CbCr 4:2:0, 8 or 10 bit) and RGB 0..1, by the clip's own colour tags.

Transfer curves are left alone: gamma, PQ and HLG values stay as coded, so dark stays exactly as dark as it was.
"""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from duf.media.facts import VideoFacts
from duf.media.frames import Plane

Planes = tuple[Plane, Plane, Plane]
Floats = NDArray[np.float32]

BT709, BT601 = 1, 6
# The weights of red and blue in luma, by the number of the matrix.
WEIGHTS = {
    BT709: (0.2126, 0.0722),
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.470 BG
    BT601: (0.299, 0.114),
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020
    10: (0.2627, 0.0593),
}
FULL = 2
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

    matrix: int  # a key of WEIGHTS
    full: bool  # 0..255, not 16..235
    bits: int
    site: tuple[float, float]


def coding(video: VideoFacts) -> Coding:
    """The coding a player assumes: the tags where there are any, else by the height of the picture."""
    colour = video.colour
    untagged = BT709 if video.height >= HD_HEIGHT else BT601
    matrix = colour.matrix if colour.matrix in WEIGHTS else untagged
    return Coding(matrix, colour.range == FULL, video.bit_depth, SITES.get(colour.location or "left", SITES["left"]))


def to_rgb(planes: Planes, code: Coding) -> Floats:
    """Y [h,w], U and V [ceil(h/2),ceil(w/2)] as float32 RGB [h,w,3], clipped to 0..1."""
    luma, *chroma = (plane.astype(np.float32) for plane in planes)
    height, width = luma.shape
    u, v = (_wider(_taller(plane, code.site[1]), code.site[0])[:height, :width] for plane in chroma)
    rgb = _transform(np.asarray(cv2.merge([luma, u, v])), _affine_inverse(to_samples(code)))
    return np.clip(rgb, 0.0, 1.0, out=rgb)


def from_rgb(rgb: Floats, code: Coding) -> Planes:
    """RGB [h,w,3] as the three planes, rounded to the nearest code; values outside 0..1 are clipped first."""
    luma, *chroma = cv2.split(_transform(np.clip(rgb, 0.0, 1.0), to_samples(code)))
    u, v = (_smaller(np.asarray(plane), code.site) for plane in chroma)
    return _quantise(np.asarray(luma), code.bits), _quantise(u, code.bits), _quantise(v, code.bits)


def to_samples(code: Coding) -> NDArray[np.float64]:
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
    return np.asarray(result, np.float32)


def _taller(plane: Floats, site: float) -> Floats:
    """Twice the rows, interpolated for samples that lie `site` luma rows below their first luma row."""
    padded = cv2.copyMakeBorder(plane, 1, 1, 0, 0, cv2.BORDER_REPLICATE)
    above, below = _between(plane, padded[:-2], padded[2:], site)
    return np.stack([above, below], 1).reshape(-1, plane.shape[1])


def _wider(plane: Floats, site: float) -> Floats:
    """The same for columns."""
    padded = cv2.copyMakeBorder(plane, 0, 0, 1, 1, cv2.BORDER_REPLICATE)
    pairs = cv2.merge(_between(plane, padded[:, :-2], padded[:, 2:], site))
    return np.asarray(pairs, np.float32).reshape(len(plane), -1)


def _between(plane: Floats, before: Floats, after: Floats, site: float) -> list[Floats]:
    """What lies `site` / 2 samples before each one, and half a sample after that."""
    return [_mixed(plane, before, site / 2), _mixed(plane, after, (1 - site) / 2)]


def _mixed(plane: Floats, other: Floats, share: float) -> Floats:
    return plane if share == 0 else np.asarray(cv2.addWeighted(plane, 1 - share, other, share, 0), np.float32)


def _smaller(plane: Floats, site: tuple[float, float]) -> Floats:
    """Half of both sides: the transpose of `_taller` and `_wider`, so that going there and back moves nothing."""
    filtered = cv2.sepFilter2D(
        plane, -1, chroma_taps(site[0]), chroma_taps(site[1]), anchor=(1, 1), borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(filtered, np.float32)[::2, ::2]


def chroma_taps(site: float) -> NDArray[np.float32]:
    """What a chroma sample takes of the luma samples -1 to 2 from its first one."""
    return np.array([(1 - site) / 4, (2 - site) / 4, (1 + site) / 4, site / 4], np.float32)


def _quantise(plane: Floats, bits: int) -> Plane:
    near: Floats = np.minimum(plane + np.float32(0.5), np.float32((1 << bits) - 1))
    return near.astype(np.uint8, "C") if bits == 8 else near.astype(np.uint16, "C")
