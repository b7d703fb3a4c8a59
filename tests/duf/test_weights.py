import hashlib
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from duf import weights
from duf.errors import ModelError
from duf.stream import View, build
from duf.weights import Card

CARD = Card("tiny", "duf", {"scale": 2}, "a network of two layers", "noise", "MIT", {"psnr": 30.0})


def tiny(name: str = "tiny", width: int = 4, outer: str = "last") -> keras.Model:
    x = inputs = keras.Input((3,))
    x = keras.layers.Dense(width, name="first")(x)
    return keras.Model(inputs, keras.layers.Dense(2, name=outer)(x), name=name)


def arrays(model: keras.Model) -> list[np.ndarray]:
    return [np.asarray(variable) for variable in model.weights]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    weights.save(tiny(), tmp_path / "tiny-1.5", CARD)
    return tmp_path / "tiny-1.5"


def test_what_was_saved_comes_back_with_its_card(tmp_path: Path) -> None:
    model, again = tiny(), tiny("another_name")
    written = weights.save(model, tmp_path / "new" / "folder" / "tiny", CARD)
    assert weights.load_into(again, tmp_path / "new" / "folder" / "tiny") == written
    assert (written.name, written.scale, written.figures, len(written.sha256)) == ("tiny", 2, {"psnr": 30.0}, 64)
    for ours, theirs in zip(arrays(model), arrays(again), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_half_precision_halves_the_numbers_and_keeps_three_digits(tmp_path: Path) -> None:
    model, again = tiny(), tiny()
    assert weights.save(model, tmp_path / "tiny", CARD, half=True).precision == "half"
    with np.load(tmp_path / "tiny.npz") as archive:
        assert {array.dtype for array in archive.values()} == {np.dtype(np.float16)}
    weights.load_into(again, tmp_path / "tiny")
    for ours, theirs in zip(arrays(model), arrays(again), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3)


def test_the_same_weights_always_give_the_same_file(tmp_path: Path) -> None:
    model = tiny()
    first, second = (weights.save(model, tmp_path / name, CARD) for name in "ab")
    assert first.sha256 == second.sha256


def test_a_changed_weight_file_is_refused(saved: Path) -> None:
    file = saved.with_name("tiny-1.5.npz")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match="not the one its card describes"):
        weights.load_into(tiny(), saved)


def test_a_misfit_names_the_variable_and_both_shapes_and_changes_nothing(saved: Path) -> None:
    model = tiny(width=5)
    before = arrays(model)
    with pytest.raises(ModelError, match=r"first/kernel has shape \(3, 4\) and not \(3, 5\)"):
        weights.load_into(model, saved)
    for then, now in zip(before, arrays(model), strict=True):
        np.testing.assert_array_equal(then, now)


def test_a_missing_variable_is_named(saved: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks the variable end/kernel of shape \(4, 2\)"):
        weights.load_into(tiny(outer="end"), saved)


def test_a_variable_too_many_is_named() -> None:
    model = tiny()
    named = dict(zip(("first/kernel", "first/bias", "last/kernel", "last/bias"), arrays(model), strict=True))
    with pytest.raises(ModelError, match=r"has a variable extra of shape \(7,\)"):
        weights.assign(model, {**named, "extra": np.zeros(7)}, "file.npz")


def test_a_file_that_is_no_archive_is_refused(saved: Path) -> None:
    saved.with_name("tiny-1.5.npz").write_bytes(b"nonsense")
    card = saved.with_name("tiny-1.5.json")
    card.write_text(json.dumps({**json.loads(card.read_text()), "sha256": hashlib.sha256(b"nonsense").hexdigest()}))
    with pytest.raises(ModelError, match="is not a weight file"):
        weights.load_into(tiny(), saved)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "tiny"}'])
def test_a_damaged_card_is_refused(saved: Path, text: str) -> None:
    saved.with_name("tiny-1.5.json").write_text(text)
    with pytest.raises(ModelError, match="card .* is damaged"):
        weights.load_into(tiny(), saved)


def test_missing_files_are_said_to_be_missing(saved: Path) -> None:
    with pytest.raises(ModelError, match="no model card"):
        weights.load_into(tiny(), saved.with_name("other"))
    saved.with_name("tiny-1.5.npz").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        weights.load_into(tiny(), saved)


def test_two_variables_of_one_name_cannot_be_saved(tmp_path: Path) -> None:
    class Twins(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.pair = [keras.layers.Dense(2, name="twin"), keras.layers.Dense(2, name="twin")]

        def call(self, x: object) -> object:
            return self.pair[1](self.pair[0](x))

    model = Twins()
    model(np.zeros((1, 2), np.float32))
    with pytest.raises(ModelError, match="same name"):
        weights.save(model, tmp_path / "twins", CARD)
    assert list(tmp_path.glob("twins*")) == []


def test_a_folder_lists_its_cards(saved: Path) -> None:
    assert [(path, card.name) for path, card in weights.cards(saved.parent).items()] == [(saved, "tiny")]
    assert weights.cards(saved.parent / "nowhere") == {}


def test_a_damaged_card_is_passed_over_and_logged(saved: Path, caplog: pytest.LogCaptureFixture) -> None:
    saved.with_name("other.json").write_text("{")
    assert list(weights.cards(saved.parent)) == [saved]
    assert "other.json is damaged" in caplog.text


def test_the_imported_models_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VSR_MODELS", str(tmp_path))
    assert weights.imported() == tmp_path
    monkeypatch.delenv("VSR_MODELS")
    assert weights.imported().parts[-2:] == ("var", "models")


def test_a_wider_network_begins_as_the_narrower_one(tmp_path: Path) -> None:
    narrow, wide = build("stream-light", 4), build("stream-hq", 4)
    weights.save(narrow, tmp_path / "narrow", weights.read_card(weights.SHIPPED / "stream-light-x4"))
    own = tuple(f"body{n}" for n in range(narrow.blocks, wide.blocks))
    assert all(name.startswith(own) for name in weights.load_fitting(wide, 4, tmp_path / "narrow"))
    for _, second in wide.body[narrow.blocks :]:
        second.kernel.assign(second.kernel * 0)  # blocks of its own change nothing yet
    frame, phase = np.random.default_rng(1).random((1, 8, 9, 3), np.float32), np.zeros(1, np.float32)
    view, state = View(frame, frame, frame[..., :2], frame, frame[..., :2]), np.zeros((1, 8, 9, 48), np.float32)
    true, _ = narrow(view, state[..., :32], phase)
    np.testing.assert_allclose(wide(view, state, phase)[0], true, atol=1e-5)


def test_what_is_drawn_at_another_scale_begins_anew(tmp_path: Path) -> None:
    weights.save(build("stream", 2), tmp_path / "twice", weights.read_card(weights.SHIPPED / "stream-x2"))
    anew = weights.load_fitting(build("stream", 4), 4, tmp_path / "twice")
    assert {"resting", "taps/kernel", "residual/kernel", "residual/bias"} == set(anew)


def test_weights_fitted_to_a_sampling_go_before_those_that_serve_every_one(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "SHIPPED", tmp_path)
    assert weights.shipped("stream", 4, "corner") is None
    (tmp_path / "stream-x4.json").touch()
    assert weights.shipped("stream", 4, "corner") == weights.shipped("stream", 4) == tmp_path / "stream-x4"
    (tmp_path / "stream-corner-x4.json").touch()
    assert weights.shipped("stream", 4, "corner") == tmp_path / "stream-corner-x4"
    assert weights.shipped("stream", 4, "centre") == weights.shipped("stream", 4) == tmp_path / "stream-x4"
