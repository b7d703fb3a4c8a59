"""A look at samples that are never learnt from: their figure, and the pictures side by side."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from duf.judging.metrics import psnr
from duf.material.degradation import to_8_bit
from duf.stream import PHASES
from duf.training.batches import Batch
from duf.upscaler import bicubic

Picture = npt.NDArray[np.uint8]


def validate(model: Any, scale: int, samples: Batch, file: Path) -> float:
    """The mean PSNR of the last picture of each sample in dB; writes source, bicubic, result and truth to `file`."""
    (frames, flow, phase), truth = samples
    rows, figures = [], []
    for n in range(len(phase)):
        shown = tuple(x[n : n + 1] for x in (frames, flow, phase))
        made = to_8_bit(np.asarray(model(shown))[0, -1] * 255)
        goal = to_8_bit(model.truth(truth[n : n + 1])[0, -1] * 255)
        source = model.truth(frames[n : n + 1])[0, -1]
        figures.append(psnr(goal, made))
        rows.append(np.concatenate([*_enlarged(source, scale, float(phase[n])), made, goal], axis=1))
    file.parent.mkdir(exist_ok=True)
    Image.fromarray(np.concatenate(rows)).save(file)
    return float(np.mean(figures))


def _enlarged(source: npt.NDArray[np.float32], scale: int, phase: float) -> tuple[Picture, Picture]:
    """Plain pixels, and bicubic in the phase that the sample was taken in."""
    sampling = next(name for name, value in PHASES.items() if value == phase)
    plain = source.repeat(scale, 0).repeat(scale, 1)
    (smooth,) = bicubic(scale, sampling).upscale([source])
    return to_8_bit(plain * 255), to_8_bit(smooth * 255)
