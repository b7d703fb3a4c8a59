from pathlib import Path

import h5py
import numpy as np
import pytest

from duf import importing, weights
from duf.errors import ModelError
from duf.networks import DUF
from tests.duf.reference.parameters import dataset_name, parameters

REFERENCE = np.load(Path(__file__).parent / "reference" / "outputs.npz")
Parameters = dict[str, np.ndarray]


def write(file: Path, values: Parameters, group: str = "params") -> Path:
    with h5py.File(file, "w") as content:
        for name, value in values.items():
            content[f"{group}/{dataset_name(name)}"] = value
    return file


@pytest.fixture
def values() -> Parameters:
    return parameters(16, 3)


@pytest.mark.parametrize(("half", "tolerance"), [(False, 1e-4), (True, 2e-2)])
def test_an_authors_file_becomes_ours_and_computes_the_same(
    tmp_path: Path, values: Parameters, half: bool, tolerance: float
) -> None:
    file = write(tmp_path / "whatever.h5", values)
    path, card = importing.import_file(file, folder=tmp_path / "models", half=half)
    assert path == tmp_path / "models" / "duf-16-authors-x3"
    assert (card.name, card.network, card.options) == ("duf-16-authors", "duf", {"depth": 16, "scale": 3})
    model = DUF(**card.options)
    assert weights.load_into(model, path) == card
    out = np.asarray(model(REFERENCE["input"][None]))[0]
    np.testing.assert_allclose(out, REFERENCE["16L_x3"], atol=tolerance)


@pytest.mark.parametrize(("depth", "scale"), [(16, 2), (16, 4), (28, 4), (52, 4)])
def test_depth_and_scale_are_found_in_the_file(depth: int, scale: int) -> None:
    assert importing.recognise(parameters(depth, scale), "params_16L_x3.h5") == (depth, scale)


def test_a_model_can_be_given_a_name(tmp_path: Path, values: Parameters) -> None:
    file = write(tmp_path / "params.h5", values)
    path, card = importing.import_file(file, "my-own", tmp_path)
    assert (path.name, card.name) == ("my-own-x3", "my-own")
    with pytest.raises(ModelError, match="no name for a model"):
        importing.import_file(file, "../elsewhere", tmp_path)
    with pytest.raises(ModelError, match="bicubic is the name of a model that is here already"):
        importing.import_file(file, "bicubic", tmp_path)


def test_a_wrong_shape_is_named_with_both_shapes(tmp_path: Path, values: Parameters) -> None:
    values["G/Rconv4b/W:0"] = values["G/Rconv4b/W:0"][..., :31]
    file = write(tmp_path / "params.h5", values)
    with pytest.raises(ModelError, match=r"G/Rconv4b/W:0 has shape \(3, 3, 3, 160, 31\).*\(3, 3, 3, 160, 32\)"):
        importing.import_file(file, folder=tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_kernel_without_its_axis_of_time_is_refused(tmp_path: Path, values: Parameters) -> None:
    values["G/conv2/W:0"] = values["G/conv2/W:0"][0]
    with pytest.raises(ModelError, match=r"G/conv2/W:0 has shape \(3, 3, 256, 256\).*\(1, 3, 3, 256, 256\)"):
        importing.import_file(write(tmp_path / "params.h5", values), folder=tmp_path)


def test_a_missing_variable_is_named(tmp_path: Path, values: Parameters) -> None:
    del values["G/Rbn2a/moving_mean:0"]
    with pytest.raises(ModelError, match=r"lacks the variable G/Rbn2a/moving_mean:0 of shape \(96,\)"):
        importing.import_file(write(tmp_path / "params.h5", values), folder=tmp_path)


def test_a_variable_too_many_is_named(tmp_path: Path, values: Parameters) -> None:
    values["G/conv9/W:0"] = np.zeros((1, 2), np.float32)
    with pytest.raises(ModelError, match=r"G/conv9/W:0 of shape \(1, 2\), which duf16x3 lacks"):
        importing.import_file(write(tmp_path / "params.h5", values), folder=tmp_path)


def test_another_scale_or_depth_is_named_with_the_possible_ones(values: Parameters) -> None:
    with pytest.raises(ModelError, match=r"G/rconv2/b:0 has shape \(75,\); DUF has \(12,\), \(27,\) or \(48,\)"):
        importing.recognise({**values, "G/rconv2/b:0": np.zeros(75, np.float32)}, "params.h5")
    with pytest.raises(ModelError, match=r"has 5 dense blocks .*; DUF has 6, 12 or 24"):
        importing.recognise({name: value for name, value in values.items() if "conv6" not in name}, "params.h5")


def test_values_that_are_no_numbers_are_refused(tmp_path: Path, values: Parameters) -> None:
    values["G/fbn1/gamma:0"][3] = np.nan
    with pytest.raises(ModelError, match=r"G/fbn1/gamma:0 of shape \(256,\) holds values that are no numbers"):
        importing.import_file(write(tmp_path / "params.h5", values), folder=tmp_path)


def test_what_is_no_parameter_file_is_refused_in_a_sentence(tmp_path: Path, values: Parameters) -> None:
    whole = write(tmp_path / "params.h5", values).read_bytes()
    for name, content in {"empty.h5": b"", "text.h5": b"not HDF5", "cut.h5": whole[: len(whole) // 2]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=f"^{name} is damaged or not a parameter file"):
            importing.import_file(tmp_path / name, folder=tmp_path)
    with pytest.raises(ModelError, match="not a parameter file"):
        importing.import_file(write(tmp_path / "other.h5", values, group="weights"), folder=tmp_path)
    with pytest.raises(ModelError, match="There is no file"):
        importing.import_file(tmp_path / "nowhere.h5", folder=tmp_path)
