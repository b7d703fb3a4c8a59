from collections.abc import Iterator
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest

from duf import __main__, catalog, tensors, weights, windows
from duf.errors import ModelError
from duf.networks import DUF
from duf.tensors import windowed
from tests.duf.reference.parameters import dataset_name, parameters

REFERENCE = np.load(Path(__file__).parent / "reference" / "outputs.npz")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation whose owner imported the authors' files of 16 layers, x2 and x3."""
    monkeypatch.setenv("VSR_MODELS", str(tmp_path / "models"))
    for scale in (2, 3):
        with h5py.File(tmp_path / "params.h5", "w") as content:
            for name, value in parameters(16, scale).items():
                content[f"params/{dataset_name(name)}"] = value
        assert __main__.main(["import", str(tmp_path / "params.h5")]) == 0
    monkeypatch.setattr(catalog, "MODELS", catalog.BUILT_IN | catalog.dufs(weights.imported(), "imported"))
    yield tmp_path / "models"


def numbered(count: int) -> list[np.ndarray]:
    return [np.full((2, 2, 3), number, np.float32) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, []),
        (1, ["0000000"]),
        (2, ["0000111", "0001111"]),
        (5, ["0000123", "0001234", "0012344", "0123444", "1234444"]),
    ],
)
def test_each_frame_is_seen_amid_its_neighbours_and_the_ends_repeat(count: int, expected: list[str]) -> None:
    seen = ["".join(str(int(frame[0, 0, 0])) for frame in window) for window in windows.windows(numbered(count))]
    assert seen == expected


def test_no_more_of_a_clip_is_read_than_the_look_ahead() -> None:
    frames = iter(numbered(50))
    next(windows.windows(frames))
    assert next(frames)[0, 0, 0] == 4


def test_imported_models_are_in_the_catalogue_under_their_names(folder: Path) -> None:
    row = catalog.model("duf-16-authors")
    assert (row.scales, row.past, row.future) == ((2, 3), 3, 3)
    assert catalog.model("bicubic") == catalog.BUILT_IN["bicubic"]


def test_an_imported_model_gives_the_authors_picture_clipped(folder: Path) -> None:
    pictures = list(catalog.load("duf-16-authors", 3, "corner").upscale(REFERENCE["input"]))
    assert len(pictures) == 7
    np.testing.assert_allclose(pictures[3], np.clip(REFERENCE["16L_x3"], 0, 1), atol=1e-4)


def test_without_kernels_the_layer_itself_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    network, frames = DUF(16, 2), list(np.random.default_rng(4).random((3, 6, 8, 3), dtype=np.float32))
    fast = list(windowed(network, 2).upscale(frames))
    monkeypatch.setattr(tensors, "kernels", lambda: None)
    for picture, plain in zip(fast, windowed(network, 2).upscale(frames), strict=True):
        np.testing.assert_allclose(picture, plain, atol=1e-5)


def test_fewer_bits_are_near_and_only_by_choice(folder: Path) -> None:
    exact, again, *near = (
        list(catalog.load("duf-16-authors", 3, "corner", precision).upscale(REFERENCE["input"]))[3]
        for precision in ("float32", None, "bfloat16", "int8")
    )
    assert np.array_equal(exact, again)
    for picture in near:
        assert 0 < np.sqrt(np.mean((picture - exact) ** 2)) < 1.5 / 255


def test_without_kernels_there_are_no_integers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "kernels", lambda: None)
    with pytest.raises(ModelError, match="choose float32"):
        catalog.load("duf-16-authors", 3, precision="int8")


def test_a_window_that_comes_again_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    upscaler, looked = windowed(DUF(16, 2), 2), []
    picture = upscaler.picture
    monkeypatch.setattr(upscaler, "picture", lambda window: looked.append(1) or picture(window))
    still, other = np.random.default_rng(4).random((2, 6, 8, 3), dtype=np.float32)
    pictures = list(upscaler.upscale([still] * 12 + [other]))
    assert len(pictures) == 13 and len(looked) == 5  # the first window, and the four that see the other frame
    assert all(np.array_equal(pictures[0], same) for same in pictures[:9])


def test_a_picture_does_not_depend_on_where_its_run_began() -> None:
    upscaler = windowed(DUF(16, 2), 2)
    frames = np.random.default_rng(4).random((10, 6, 8, 3), dtype=np.float32)
    whole, later = list(upscaler.upscale(frames)), list(upscaler.upscale(frames[2:]))
    np.testing.assert_array_equal(whole[5], later[3])


def test_a_picture_sampled_at_the_centre_is_moved_there() -> None:
    ramp = np.arange(400, dtype=np.float32).reshape(20, 20, 1).repeat(3, axis=2) / 400
    network = DUF(16, 3)
    moved = windowed(network, 3).moved(ramp)
    assert np.allclose(moved[1:, 1:], ramp[:-1, :-1], atol=1e-6) and np.allclose(moved[0], moved[1], atol=1e-6)
    assert np.array_equal(windowed(network, 3, "corner").moved(ramp), ramp)
    half = windowed(DUF(16, 4), 4).moved(ramp)[6:-6, 6:-6]
    assert np.allclose(half, (ramp[4:-8, 4:-8] + ramp[5:-7, 5:-7]) / 2, atol=1e-5)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_means_of_pixels_are_blurred_like_the_sources_that_the_networks_know(scale: int) -> None:
    """The finest stripes that a source can hold: what a Gaussian of 0.4 source pixels leaves of them."""
    across = np.arange(12 * scale) + 0.5
    stripes = np.tile((0.5 + 0.4 * np.sin(np.pi * across / scale)).astype(np.float32), (12 * scale, 1))
    source = cv2.resize(np.dstack([stripes] * 3), (12, 12), interpolation=cv2.INTER_AREA)
    soft = windows.Windowed(None, scale).blurred(source)
    assert np.abs(soft - 0.5)[2:-2, 2:-2] == pytest.approx(0.4 * np.exp(-((0.4 * np.pi) ** 2) / 2), rel=0.01)
    assert np.array_equal(windows.Windowed(None, scale, "corner").blurred(source), source)
