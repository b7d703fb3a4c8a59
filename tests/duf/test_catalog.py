import shutil

import numpy as np
import pytest

from duf import catalog, weights
from duf.both_ways import BothWays
from duf.steady import Steady
from duf.stream import build
from duf.streaming import LEARNT


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A folder of shipped models that holds `stream` at x4 alone."""
    for path in weights.SHIPPED.glob("stream-x4*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(weights, "SHIPPED", tmp_path)
    return tmp_path


def ship(folder, name: str, scale: int) -> None:
    network = build(name, scale)
    options = {"scale": scale, "channels": network.channels, "blocks": network.blocks}
    weights.save(network, folder / f"{name}-x{scale}", weights.Card(name, name, options, "", "", ""))


def test_a_scale_without_weights_of_its_own_is_said_to_be_made_from_another(shipped):
    assert catalog.streams()["stream"].note == "Made from its 4x picture by exact downscaling: 2x, 3x."
    ship(shipped, "stream", 2)
    assert catalog.streams()["stream"].note.endswith("exact downscaling: 3x.")
    ship(shipped, "stream", 3)
    assert catalog.streams()["stream"].note == ""


def test_a_scale_with_weights_of_its_own_uses_them(shipped):
    frame = np.random.default_rng(1).random((16, 16, 3), np.float32)
    (made,) = catalog.load("stream", 2, precision="float32").upscale([frame])
    ship(shipped, "stream", 2)
    upscaler = catalog.load("stream", 2, precision="float32")
    (own,) = upscaler.upscale([frame])
    assert (upscaler.upscaler.engine.scale, LEARNT) == (2, 4)
    assert made.shape == own.shape and not np.allclose(made, own, atol=1e-3)


def test_only_networks_whose_weights_are_there_are_offered(shipped):
    assert list(catalog.streams()) == ["stream", "stream-light", "stream-hq"]
    ship(shipped, "stream-compressed", 4)
    assert list(catalog.streams()) == ["stream", "stream-light", "stream-hq", "stream-compressed"]


@pytest.mark.parametrize("name", ["stream", "stream-hq"])
def test_the_table_tells_the_reach_of_a_model_without_loading_it(shipped, name):
    row, upscaler = catalog.model(name), catalog.load(name, 4, precision="float32")
    assert (row.past, row.future) == (upscaler.past, upscaler.future)


def test_what_ships_is_held_still_and_what_is_not_learnt_or_not_ours_is_left_as_it_is(tmp_path):
    card = weights.Card("duf-16", "duf", {"scale": 4, "depth": 16}, "", "", "")
    weights.save(build("stream", 4), tmp_path / "duf-16-x4", card)
    assert not catalog.dufs(tmp_path, "imported")["duf-16"].steadied
    held = {name for name in catalog.BUILT_IN if isinstance(catalog.load(name, 4), Steady)}
    assert held == {"stream", "stream-light", "stream-hq", "stream-compressed", "duf-16"}


def test_a_network_runs_where_it_was_not_trained_with_the_weights_of_stream(shipped):
    for name in ("stream-light", "stream-hq"):
        ship(shipped, name, 4)
    light = [catalog.load("stream-light", scale, precision="float32").upscaler for scale in (4, 2)]
    hq = [catalog.load("stream-hq", scale, precision="float32").upscaler for scale in (4, 2)]
    assert [upscaler.engine.network.name for upscaler in light] == ["stream_light", "stream"]
    assert [upscaler.forwards.engine.network.name for upscaler in hq] == ["stream_hq", "stream"]
    assert all(isinstance(upscaler, BothWays) for upscaler in hq)


@pytest.mark.parametrize(
    ("kernels", "graphics", "usual"),
    [("amx", None, "stream"), ("bf16", None, "stream-light"), (None, None, "stream-light"), (None, "H200", "stream")],
)
def test_what_is_offered_first_keeps_up_with_a_film_on_the_machine(monkeypatch, kernels, graphics, usual):
    monkeypatch.setattr(catalog, "target", lambda: kernels)
    monkeypatch.setattr(catalog, "gpu", lambda: graphics)
    assert catalog.usual() == usual


def test_what_is_offered_first_is_said_to_be_recommended():
    assert [name for name, model in catalog.MODELS.items() if "recommended" in model.title] == [catalog.DEFAULT]


@pytest.mark.parametrize(("reached", "note"), [(20.0, catalog.BEHIND), (50.0, catalog.SLOW), (None, catalog.SLOW)])
def test_a_duf_that_is_behind_on_ordinary_video_says_so(tmp_path, reached, note):
    figures = {} if reached is None else {"video": {"psnr": reached}}
    card = weights.Card("duf-16", "duf", {"scale": 4, "depth": 16}, "", "", "", figures)
    weights.save(build("stream", 4), tmp_path / "duf-16-x4", card)
    assert catalog.dufs(tmp_path, "shipped")["duf-16"].note == note


def test_what_is_shipped_runs_in_integers_and_without_kernels_in_floats(monkeypatch):
    assert [catalog.fastest(name, 4) for name in ("stream", "stream-hq", "duf-16")] == ["int8"] * 3
    assert catalog.load("duf-16", 4).upscaler.engine.__class__.__name__ == "Bytewise"
    for module in ("streaming", "windows"):
        monkeypatch.setattr(f"duf.{module}.kernels", lambda: None)
    assert [catalog.fastest(name, 4) for name in ("stream", "stream-hq", "duf-16")] == ["float32"] * 3
