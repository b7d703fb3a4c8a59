"""DUF in 8-bit integers. That its picture is near the authors': tests/duf/test_windows.py."""

import numpy as np
import pytest

from duf import native, windows
from duf.bytewise import Bytewise
from duf.dense import Arrays
from duf.design import BODIES
from duf.windows import Windowed

rng = np.random.default_rng(6)


def arrays(depth: int, scale: int) -> Arrays:
    """A network of that depth, by the names of its variables."""
    found: dict[str, np.ndarray] = {}

    def convolution(name: str, *shape: int) -> None:
        found[f"{name}/kernel"] = rng.standard_normal(shape) / np.prod(shape[:-1]) ** 0.5
        found[f"{name}/bias"] = 0.1 * rng.standard_normal(shape[-1])

    def normalisation(name: str, channels: int) -> None:
        for part, least in (("gamma", 0.5), ("beta", 0), ("moving_mean", 0), ("moving_variance", 0.5)):
            found[f"{name}/{part}"] = least + 0.5 * rng.random(channels)

    body = BODIES[depth]
    convolution("entry", 1, 3, 3, 3, 64)
    for n in range(body.blocks):
        channels = 64 + n * body.growth
        normalisation(f"block{n + 1}_norm1", channels)
        convolution(f"block{n + 1}_mix", 1, 1, 1, channels, channels)
        normalisation(f"block{n + 1}_norm2", channels)
        convolution(f"block{n + 1}_look", 3, 3, 3, channels, body.growth)
    channels = 64 + body.blocks * body.growth
    normalisation("exit_norm", channels)
    convolution("exit", 3, 3, channels, 256)
    for head, hidden, out in (("filter", 512, 25 * scale**2), ("residual", 256, 3 * scale**2)):
        convolution(f"{head}_hidden", 1, 1, 256, hidden)
        convolution(f"{head}_out", 1, 1, hidden, out)
    return found


NETWORKS = {16: arrays(16, 3), 28: arrays(28, 3)}


def engine(depth: int = 16, target: str = "", threads: int = 2) -> Bytewise:
    library = native.opened(native.library(target)) if target else native.kernels()
    assert library
    return Bytewise(library, NETWORKS[depth], 3, threads)


def clip(count: int, height: int = 12, width: int = 14) -> list[np.ndarray]:
    return list(rng.random((count, height, width, 3), dtype=np.float32))


@pytest.mark.parametrize("depth", NETWORKS)
def test_what_the_last_window_knew_changes_nothing(depth: int) -> None:
    shared = engine(depth)
    glances = [shared.glance(frame) for frame in clip(8)]
    *_, known = shared.heads(glances[:7], [])
    assert [len(columns) for columns in known[:3]] == [4, 2, 0]
    fresh, continued = shared.heads(glances[1:], []), shared.heads(glances[1:], known)
    assert np.array_equal(fresh[0], continued[0]) and np.array_equal(fresh[1], continued[1])


@pytest.mark.parametrize("depth", NETWORKS)
@pytest.mark.parametrize("width", [29, 71])
def test_every_processor_and_number_of_threads_gives_the_same_picture(depth: int, width: int) -> None:
    frames = clip(2, 5, width)
    pictures = []
    for target in filter(native.usable, native.TARGETS):
        for threads in (1, 3):
            pictures += list(Windowed(engine(depth, target, threads), 3).upscale(frames))[:1]
    assert len(pictures) > 1
    assert all(np.array_equal(pictures[0], other) for other in pictures[1:])


def test_a_picture_in_parts_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    (frame,) = clip(1, 84, 100)
    (whole,) = Windowed(engine(), 3).upscale([frame])
    monkeypatch.setattr(windows, "LARGEST", 80 * 80)
    assert len(list(Windowed(engine(), 3).tiles(frame))) > 1
    (parts,) = Windowed(engine(), 3).upscale([frame])
    assert np.array_equal(whole, parts)
