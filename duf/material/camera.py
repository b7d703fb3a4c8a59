"""A synthetic camera: still pictures in motion, with pieces of other pictures moving in front of them.

Each layer has a path of its own, so what lies behind is hidden and comes to light again. Truth is exact: what a network
is to restore was never compressed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from duf.material.degradation import to_8_bit
from duf.material.footage import Footage, Picture
from duf.material.lettering import lettering

Floats = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

EXPOSURES = 5  # moments whose mean is a frame with motion blur


@dataclass(frozen=True)
class Path:
    """Where a camera looks: a steady pan, zoom and turn, and shake. Lengths in pixels, times in frames."""

    centre: Matrix  # of the picture, (x, y), seen in the middle of the frame halfway through
    speed: Matrix  # (x, y) a frame
    zoom: float  # share a frame
    turn: float  # radians a frame
    base: float  # pixels of the picture a pixel of the frame
    angle: float  # radians
    shake: Matrix  # [T, 2]
    readout: float  # how much later than its first row a frame's last is taken

    def pan(self, t: float) -> Matrix:
        """How far the camera has moved from its centre, (x, y)."""
        moments = np.arange(len(self.shake))
        shake = np.array([np.interp(t, moments, axis) for axis in self.shake.T])
        moved: Matrix = self.speed * (t - len(self.shake) / 2) + shake
        return moved

    def at(self, t: float, side: int) -> Matrix:
        """The 2x3 matrix that takes a frame's pixels (x, y) to the picture's."""
        past = t - len(self.shake) / 2
        factor, angle = self.base * (1 + self.zoom) ** past, self.angle + self.turn * past
        c, s = factor * np.cos(angle), factor * np.sin(angle)
        linear = np.array([[c, -s], [s, c]])
        linear[:, 1] += (self.pan(t + self.readout) - self.pan(t)) / side  # a rolling shutter slants what moves
        origin = self.centre + self.pan(t) - linear @ np.full(2, side / 2)
        return np.column_stack([linear, origin])


def draw_path(picture: Picture, frames: int, readout: float, rng: np.random.Generator) -> Path:
    """A path over a picture, by chance."""
    height, width = picture.shape[:2]
    return Path(
        centre=rng.uniform(0.35, 0.65, 2) * (width, height),
        speed=rng.normal(size=2) * rng.choice([0.5, 2.0, 5.0]),
        zoom=rng.normal() * 0.006,
        turn=rng.normal() * 0.006,
        base=rng.uniform(0.9, 1.6),
        angle=rng.normal() * 0.1,
        shake=rng.normal(size=(frames, 2)) * rng.choice([0.0, 0.0, 0.7]),
        readout=readout,
    )


@dataclass(frozen=True)
class Layer:
    """A picture on its path; `mask` [h, w] in 0..1 says what of it is there, None: all."""

    picture: Picture
    path: Path
    mask: Floats | None = None

    def at(self, t: float, side: int) -> Picture:
        flags, border = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, cv2.BORDER_REFLECT_101
        seen: Picture = cv2.warpAffine(
            self.picture, self.path.at(t, side), (side, side), flags=flags, borderMode=border
        )
        return seen

    def over(self, behind: Picture, t: float) -> Picture:
        """The layer in front of a picture [side, side, 3]."""
        side = len(behind)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        alpha = cv2.warpAffine(self.mask, self.path.at(t, side), (side, side), flags=flags)[..., None]
        return to_8_bit(behind + alpha * (self.at(t, side).astype(np.float32) - behind))


def outline(shape: tuple[int, ...], middle: Matrix, size: float, rng: np.random.Generator) -> Floats:
    """A blob with a soft edge around `middle` (x, y), up to 0.9 `size` across. [h, w] in 0..1."""
    angles = np.linspace(0, 2 * np.pi, 9)[:-1]
    radius = rng.uniform(0.15, 0.45, 8) * size
    points = middle + np.stack([radius * np.cos(angles), radius * np.sin(angles)], -1)
    mask = np.zeros(shape[:2], np.float32)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1.0)
    soft: Floats = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.6, 2.0))
    return soft


def draw_layer(picture: Picture, side: int, frames: int, readout: float, rng: np.random.Generator) -> Layer:
    """A piece of a picture that passes somewhere near the middle of the frame."""
    path = draw_path(picture, frames, readout, rng)
    size = side * path.base
    return Layer(picture, path, outline(picture.shape, path.centre + rng.uniform(-0.25, 0.25, 2) * size, size, rng))


def draw_titles(side: int, frames: int, rng: np.random.Generator) -> Layer:
    """Lettering that stands still or scrolls."""
    picture, mask = lettering(side, rng)
    still, middle = np.zeros((frames, 2)), np.full(2, side / 2)
    speed = np.array([0.0, rng.choice([0.0, 0.0, 1.0]) * rng.normal() * 2])
    return Layer(picture, Path(middle, speed, 0.0, 0.0, 1.0, 0.0, still, 0.0), mask)


def expose(layers: Sequence[Layer], t: float, side: int) -> Picture:
    """The layers, the farthest first, as they stand at one moment. [side, side, 3]."""
    picture = layers[0].at(t, side)
    for layer in layers[1:]:
        picture = layer.over(picture, t)
    return picture


def film(
    pictures: Sequence[Picture], side: int, frames: int, blur: float, titles: float, rng: np.random.Generator
) -> Footage:
    """The first picture behind pieces of the others, each moving by itself; frames are [side, side, 3].

    With probability `blur` the film has the marks of a real camera: motion blur and a rolling shutter. With probability
    `titles` there is lettering in front.
    """
    shutter, readout = rng.uniform(0.2, 0.9, 2) if rng.random() < blur else (0.0, 0.0)
    layers = [Layer(pictures[0], draw_path(pictures[0], frames, readout, rng))]
    layers += [draw_layer(picture, side, frames, readout, rng) for picture in pictures[1:]]
    if rng.random() < titles:
        layers.append(draw_titles(side, frames, rng))
    if not shutter:
        return [expose(layers, t, side) for t in range(frames)]
    moments = np.linspace(0, shutter, EXPOSURES)
    return [to_8_bit(np.mean([expose(layers, t + m, side) for m in moments], 0)) for t in range(frames)]
