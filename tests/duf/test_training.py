"""Training resumes exactly; small shards and short runs."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from duf.data import ShardRecipe, open_shard, write_shard
from duf.errors import DufError
from duf.stream import build
from duf.training import Recipe, Trainer, Unrolled, order, rate, read_recipe

RECIPES = Path(__file__).parents[2] / "duf" / "recipes"
SMALL = ShardRecipe(samples=6, size=16, frames=3, real=0.0)
RECIPE = Recipe("stream", 4, 2, 8, 2, 1e-3, 1e-5, 1.0, 0.9, 5, 2, SMALL)


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    folder = tmp_path_factory.mktemp("material")
    rng = np.random.default_rng(1)
    for name in "ab":
        noise = cv2.GaussianBlur(rng.integers(0, 256, (200, 220, 3)).astype(np.uint8), (0, 0), 1.5)
        cv2.imwrite(str(folder / f"{name}.png"), noise)
    return write_shard(folder, folder / "shard", SMALL)


@pytest.fixture(autouse=True)
def exact():
    """Sums in a fixed order, or two equal runs differ in the last bits."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def weights(trainer: Trainer) -> list[np.ndarray]:
    return [*trainer.network.get_weights(), *trainer.average]


def test_a_resumed_run_takes_the_same_steps(shard, tmp_path):
    straight = Trainer(RECIPE, shard, tmp_path / "straight")
    straight.run()
    first = Trainer(RECIPE, shard, tmp_path / "killed")
    for _ in range(3):
        first.advance()
    first.save()
    first.advance()  # lost in the kill
    second = Trainer(RECIPE, shard, tmp_path / "killed")
    assert second.step == 3
    second.run()
    assert second.step == 8
    for a, b in zip(weights(straight), weights(second), strict=True):
        assert np.array_equal(a, b)


def test_unrolled_frames_are_what_one_step_after_the_other_gives():
    network, rng = build("stream", 4), np.random.default_rng(4)
    frames, flow = rng.random((2, 3, 8, 9, 3), np.float32), rng.normal(size=(2, 3, 8, 9, 2)).astype(np.float32)
    phase = np.array([0, 1], np.float32)
    together = np.array(Unrolled(network)((frames, flow, phase)))
    previous, state = frames[:, 0], np.zeros((2, 8, 9, network.channels), np.float32)
    for t in range(3):
        picture, state = network(frames[:, t], previous, flow[:, t], state, phase)
        previous = frames[:, t]
        assert np.allclose(together[:, t], picture, atol=1e-5)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_training_lowers_the_loss(precision, shard, tmp_path):
    trainer = Trainer(replace(RECIPE, steps=40, peak=3e-3, precision=precision), shard, tmp_path)
    losses = [trainer.advance() for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])


def test_a_full_disk_loses_no_checkpoint(shard, tmp_path, monkeypatch):
    trainer = Trainer(RECIPE, shard, tmp_path)
    trainer.save()
    before = trainer.checkpoint.read_bytes()

    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError):
        trainer.save()
    assert trainer.checkpoint.read_bytes() == before


def test_a_checkpoint_of_another_network_is_refused(shard, tmp_path):
    Trainer(RECIPE, shard, tmp_path).save()
    with pytest.raises(DufError, match="another network"):
        Trainer(replace(RECIPE, network="stream-hq"), shard, tmp_path)


def test_every_sample_comes_once_an_epoch_in_another_order():
    first, second = order(1, 0, 50), order(1, 1, 50)
    assert sorted(first) == list(range(50))
    assert list(first) != list(second)


def test_the_rate_rises_then_falls():
    rates = [rate(RECIPE, step) for step in range(9)]
    assert rates[0] < rates[1] == pytest.approx(1e-3)
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(1e-5)


@pytest.mark.parametrize("file", sorted(RECIPES.glob("*.toml")), ids=lambda file: file.stem)
def test_every_recipe_can_be_read(file):
    assert read_recipe(file).steps > 0


def test_a_recipe_with_a_wrong_key_is_refused_by_name(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text((RECIPES / "stream-x4.toml").read_text().replace("warmup", "warmpu"))
    with pytest.raises(DufError, match="warmpu"):
        read_recipe(file)


def test_a_shard_cut_in_half_is_refused(shard, tmp_path):
    (tmp_path / "recipe.json").write_text("{}")
    (tmp_path / "hr.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(DufError, match="write it again"):
        open_shard(tmp_path)
