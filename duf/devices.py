"""What this machine computes with, told without importing TensorFlow."""

import os
from importlib.util import find_spec
from pathlib import Path

NVIDIA = Path("/proc/driver/nvidia/gpus")


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def gpu() -> str | None:
    """The name of the first graphics processor that TensorFlow would use.

    That is if its driver is loaded and TensorFlow's CUDA libraries are installed.
    """
    if find_spec("nvidia") is None:  # the packages of `pip install tensorflow[and-cuda]`
        return None
    for told in sorted(NVIDIA.glob("*/information")):
        for line in told.read_text().splitlines():
            if line.startswith("Model:"):
                return line.removeprefix("Model:").strip()
    return None
