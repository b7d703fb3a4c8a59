"""A little training material: smooth noise as a picture, and a clip of two scenes."""

from pathlib import Path

import cv2
import numpy as np

from tests.duf import clips


def picture(seed: int, height: int = 200, width: int = 220) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX)


def make(folder: Path) -> Path:
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), picture(1))
    clips.make(folder / "b.mp4", frames=8, size=(96, 80), cuts=(4,))
    return folder
