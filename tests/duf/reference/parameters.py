"""Deterministic stand-ins for the original authors' parameter files (params_16L_x4.h5 and its siblings).

The published files are HDF5 with one group, `params`, holding one dataset per variable. A dataset's name is the
variable's name (say `G/Rbn1a/moving_mean:0`) with every `_` doubled and then every `/` turned into `_`:
`G_Rbn1a_moving__mean:0`. Convolution kernels are `W` [t, h, w, in, out] with bias `b`; batch normalisation has
`gamma`, `beta`, `moving_mean`, `moving_variance` and epsilon 1e-3.

`parameters(shapes)` draws every variable from its name and shape alone, so a file of any depth can be made again
anywhere; `outputs.npz` holds what the authors' own graph computed from them.

    python parameters.py 16 4 OUT.h5        # writes such a file
"""

import json
import sys
import zlib
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def draw(name: str, shape: list[int]) -> np.ndarray:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    kind = name.rsplit("/", 1)[-1].split(":")[0]
    value = rng.standard_normal(shape)
    if kind == "W":
        value *= np.sqrt(1.0 / np.prod(shape[:-1]))
    elif kind in ("b", "beta", "moving_mean"):
        value *= 0.1
    elif kind == "gamma":
        value = 1.0 + 0.1 * value
    elif kind == "moving_variance":
        value = 0.5 + rng.random(shape)
    return value.astype(np.float32)


def parameters(depth: int, scale: int) -> dict[str, np.ndarray]:
    shapes = json.loads((HERE / "shapes.json").read_text())[f"{depth}L_x{scale}"]
    return {name: draw(name, shape) for name, shape in shapes.items()}


def dataset_name(variable: str) -> str:
    return variable.replace("_", "__").replace("/", "_")


if __name__ == "__main__":
    import h5py

    depth, scale, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with h5py.File(out, "w") as file:
        group = file.create_group("params")
        for name, value in parameters(depth, scale).items():
            group[dataset_name(name)] = value
