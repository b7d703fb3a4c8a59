"""Training resumes exactly; small shards and short runs."""

import os
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from duf.errors import DufError
from duf.folding import Unfolded
from duf.material.shards import ShardRecipe, open_shard, write_shard
from duf.stream import restored
from duf.training.progress import Progress
from duf.training.recipe import Recipe
from duf.training.trainer import Trainer
from duf.weights import SHIPPED

SMALL = ShardRecipe(samples=6, size=16, frames=3, real=0.0)
RECIPE = Recipe("stream", 4, 2, 8, 2, 1e-3, 1e-5, 1.0, 0.9, 5, 2, SMALL)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return write_small(tmp_path_factory.mktemp("material"))


def write_small(folder):
    """The folder of a shard."""
    rng = np.random.default_rng(1)
    for name in "ab":
        noise = cv2.GaussianBlur(rng.integers(0, 256, (200, 220, 3)).astype(np.uint8), (0, 0), 1.5)
        cv2.imwrite(str(folder / f"{name}.png"), noise)
    write_shard(folder, folder / "shard", SMALL)
    return folder / "shard"


@pytest.fixture(scope="module")
def shard(place):
    return open_shard(place)


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


@pytest.mark.parametrize("rounds", [False, True])
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_training_lowers_the_loss(precision, rounds, shard, tmp_path):
    trainer = Trainer(replace(RECIPE, steps=40, peak=3e-3, precision=precision, rounds=rounds), shard, tmp_path)
    losses = [trainer.advance() for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])


def test_unfolded_it_learns_more_from_the_same_start(shard, tmp_path, capsys):
    trainer = Trainer(replace(RECIPE, start_from="stream-x4", unfold=True), shard, tmp_path)
    assert "new: enter/wide, enter/narrow" in capsys.readouterr().out
    assert isinstance(trainer.network.enter, Unfolded)
    losses = [trainer.advance() for _ in range(2)]
    assert np.isfinite(losses).all() and np.abs(trainer.network.enter.narrow.numpy()).max() > 0


def test_a_duf_goes_on_from_what_is_shipped(tmp_path):
    Progress(replace(RECIPE, network="duf-16", start_from="duf-16-x4"), tmp_path)


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


def test_a_shard_cut_in_half_is_refused(shard, tmp_path):
    (tmp_path / "recipe.json").write_text("{}")
    (tmp_path / "hr.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(DufError, match="write it again"):
        open_shard(tmp_path)


def test_gradients_stop_where_the_recipe_says(shard, tmp_path):
    straight = Trainer(RECIPE, shard, tmp_path / "whole")
    cut = Trainer(replace(RECIPE, truncate=1), shard, tmp_path / "cut")
    assert straight.advance() == cut.advance()
    assert not all(np.array_equal(a, b) for a, b in zip(weights(straight), weights(cut), strict=True))


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_checkpoint(shard, tmp_path):
    trainer = Trainer(RECIPE, shard, tmp_path)
    trainer.save()
    trainer.network.set_weights([w * np.nan for w in trainer.network.get_weights()])
    with pytest.raises(DufError, match="lower peak"):
        trainer.run()
    assert Trainer(RECIPE, shard, tmp_path).step == 0


def test_a_run_logs_its_loss_and_shows_samples_that_it_never_learns_from(shard, tmp_path):
    Trainer(replace(RECIPE, steps=2, held_out=2, validate_every=2), shard, tmp_path).run()
    log = [line.split(",") for line in (tmp_path / "log.csv").read_text().splitlines()]
    assert [row[:2] for row in log] == [["2", "loss"], ["2", "rate"], ["2", "steps a second"], ["2", "validation psnr"]]
    with Image.open(tmp_path / "validation" / "000002.png") as picture:
        assert picture.size == (4 * 64, 2 * 64)  # source, bicubic, result, truth
    assert list((tmp_path / "board").iterdir())


def test_another_scale_goes_on_from_what_fits(shard, tmp_path, capsys):
    trainer = Trainer(replace(RECIPE, scale=2, start_from="stream-x4"), shard, tmp_path)
    assert np.array_equal(trainer.network.enter.kernel, restored(SHIPPED / "stream-x4").enter.kernel)
    assert "new: resting, taps/kernel, residual/kernel" in capsys.readouterr().out


ELSEWHERE = """
import sys
sys.modules["tensorflow"] = None
from pathlib import Path
import keras
from duf.material.shards import open_shard
from duf.training.trainer import Trainer
from tests.duf.training.test_trainer import RECIPE
trainer = Trainer(RECIPE, open_shard(Path(sys.argv[1])), Path(sys.argv[2]))
losses = [trainer.advance() for _ in range(3)]  # of two steps each
trainer.save()
print(keras.backend.backend(), trainer.step, *losses)
"""


@pytest.mark.long
def test_jax_goes_on_from_a_checkpoint_where_there_is_no_tensorflow(place, shard, tmp_path):
    here = Trainer(RECIPE, shard, tmp_path)
    here.save()
    losses = [(here.advance() + here.advance()) / 2 for _ in range(3)]
    command = [sys.executable, "-c", ELSEWHERE, str(place), str(tmp_path)]
    told = subprocess.run(
        command, env=os.environ | {"KERAS_BACKEND": "jax"}, capture_output=True, text=True, check=True
    )
    backend, step, *there = told.stdout.split()[-5:]
    assert (backend, step) == ("jax", "6")
    assert [float(loss) for loss in there] == pytest.approx(losses, rel=1e-3)
    again = Trainer(RECIPE, shard, tmp_path)
    for mean, other in zip(again.average, here.average, strict=True):
        np.testing.assert_allclose(mean, other, atol=1e-3)
