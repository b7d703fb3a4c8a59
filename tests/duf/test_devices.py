from pathlib import Path

import pytest

from duf import catalog, devices


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A loaded driver, with TensorFlow's CUDA libraries installed."""
    (tmp_path / "0000:01:00.0").mkdir()
    (tmp_path / "0000:01:00.0" / "information").write_text("Model: \t\t NVIDIA H100\nIRQ:   \t\t 1\n")
    monkeypatch.setattr(devices, "NVIDIA", tmp_path)
    monkeypatch.setattr(devices, "find_spec", lambda name: object())
    return tmp_path


def test_a_gpu_is_named_and_the_networks_run_on_it(driver: Path) -> None:
    assert devices.gpu() == "NVIDIA H100"
    assert catalog.fastest("stream", 4) == "float32"
    assert catalog.graphics("stream", None) == catalog.graphics("stream", "float32") == "NVIDIA H100"
    assert catalog.graphics("stream", "int8") is None and catalog.graphics("bicubic", None) is None


def test_without_the_cuda_libraries_nothing_changes(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    assert devices.gpu() is None
    assert catalog.fastest("stream", 4) == "int8"


def test_without_a_driver_nothing_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(devices, "NVIDIA", tmp_path / "none")
    monkeypatch.setattr(devices, "find_spec", lambda name: object())
    assert devices.gpu() is None
