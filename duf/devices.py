"""Whether there is a graphics processor that TensorFlow would use, told without importing TensorFlow."""

from importlib.util import find_spec
from pathlib import Path

NVIDIA = Path("/proc/driver/nvidia/gpus")


def gpu() -> str | None:
    """The name of the first one, if its driver is loaded and TensorFlow's CUDA libraries are installed."""
    if find_spec("nvidia") is None:  # the packages of `pip install tensorflow[and-cuda]`
        return None
    for told in sorted(NVIDIA.glob("*/information")):
        for line in told.read_text().splitlines():
            if line.startswith("Model:"):
                return line.removeprefix("Model:").strip()
    return None
