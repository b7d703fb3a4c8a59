"""A clip to measure with: texture of every size, and motion."""

from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

RATE = 24  # frames a second
REFLECTED = cv2.BORDER_REFLECT


def make_clip(path: Path, width: int, height: int, frames: int, held: int = 1, crf: int = 18) -> Path:
    """A clip with texture of every size, under a moving camera, with a patch that moves on its own.

    Each picture is shown `held` times, and comes back the same each time if `crf` is 0.
    """
    rng = np.random.default_rng(1)
    back, front = texture(rng, height + 200, width + 500), texture(rng, height + 200, width + 500)
    y, x = np.mgrid[0:height, 0:width]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"crf": str(crf)})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for n in (number // held for number in range(frames)):
            behind, before = filmed(back, width, height, n), filmed(front, width, height, -n)
            middle = width / 2 + width / 3 * np.sin(n / 40), height / 2 + height / 4 * np.cos(n / 31)
            inside = np.hypot(x - middle[0], y - middle[1]) < height / 5
            picture = np.where(inside[..., None], before, behind)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode(None))
    return path


def texture(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    """Noise of every scale, as natural pictures have it: the larger, the stronger."""
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(7):
        noise = rng.standard_normal((max(2, height >> octave), max(2, width >> octave), 3))
        total += 1.8**octave * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    codes: NDArray[np.uint8] = np.clip(128 + 45 * total / total.std(), 0, 255).astype(np.uint8)
    return codes


def filmed(picture: NDArray[np.uint8], width: int, height: int, moment: int) -> NDArray[np.uint8]:
    """The part of a picture that a slowly turning camera sees on its way to and fro."""
    angle, zoom = 0.02 * np.sin(moment / 50), 1 + 0.1 * np.sin(moment / 70)
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array(picture.shape[1::-1]) / 2 + (150 * np.sin(moment / 60), 60 * np.sin(moment / 45))
    matrix = np.column_stack([turn, centre - turn @ (width / 2, height / 2)])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    seen: NDArray[np.uint8] = cv2.warpAffine(picture, matrix, (width, height), flags=flags, borderMode=REFLECTED)
    return seen
