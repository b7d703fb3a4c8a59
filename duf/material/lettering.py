"""Titles, subtitles and slides for films from still pictures: hard edges at full contrast, which photographs lack."""

import string

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from duf.material.footage import Picture

SIGNS = np.array([*(string.ascii_letters * 2), *string.digits, *".,:!?-&%()", *" " * 12])
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
SIZES = (12, 56)  # pixels a letter is high
PANEL = 0.3  # share that stand on a panel of one colour


def lettering(side: int, rng: np.random.Generator) -> tuple[Picture, npt.NDArray[np.float32]]:
    """Lines of letters [side, side, 3], and how much of each pixel they cover [side, side] in 0..1."""
    ink, ground = colours(rng)
    size = float(rng.uniform(*SIZES))
    font, stroke = ImageFont.load_default(size), int(rng.integers(0, 1 + round(size / 10)))
    picture, mask = Image.new("RGB", (side, side), ground), Image.new("L", (side, side))
    on_picture, on_mask = ImageDraw.Draw(picture), ImageDraw.Draw(mask)
    lines = int(rng.integers(1, max(2, int(side / size / 1.5))))
    top, left = rng.uniform(0, max(0.0, side - lines * size * 1.2)), rng.uniform(-0.3, 0.3) * side
    if rng.random() < PANEL:
        on_mask.rectangle((left - size, top - size / 3, left + side, top + lines * size * 1.3), fill=255)
    for line in range(lines):
        text, at = "".join(rng.choice(SIGNS, 40)), (left, top + line * size * 1.2)
        on_picture.text(at, text, ink, font)
        on_mask.text(at, text, 255, font, stroke_width=stroke)
    return np.asarray(picture), np.asarray(mask, np.float32) / np.float32(255)


def colours(rng: np.random.Generator) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of letters, and of their edge or panel: white on black, the reverse, or any two."""
    toss = rng.random()
    if toss < 0.6:
        return (WHITE, BLACK) if toss < 0.4 else (BLACK, WHITE)
    ink, ground = rng.integers(0, 256, (2, 3)).tolist()
    return tuple(ink), tuple(ground)
