from pathlib import Path

import numpy as np
import pytest

from duf.bench.figures import Measure
from duf.bench.original import original
from duf.bench.plan import Plan
from duf.bench.rival import beside
from duf.errors import MediaError

UTILS = """
import tensorflow as tf

drawn = tf.contrib.layers.variance_scaling_initializer(factor=2.0, mode='FAN_IN', uniform=False)

def BatchNorm(values, is_train, name):
    raise AssertionError('this switch is not in TensorFlow 2')

def DynFilter3D(x, filters, size):
    return x[:, 0, ..., None] * tf.reduce_sum(filters, axis=3)

def depth_to_space_3D(x, size):
    return tf.depth_to_space(x[:, 0], size)[:, None]
"""
NETS = """
import tensorflow as tf
from utils import BatchNorm, drawn

def FR_16L(x, is_train, uf):
    weights = tf.get_variable('W', [1, 1, 1, 3, 25 * uf * uf], initializer=drawn)
    t = tf.nn.conv3d(BatchNorm(x[:, 3:4], is_train, name='bn'), weights, [1] * 5, 'VALID')
    shape = tf.shape(t)
    filters = tf.nn.softmax(tf.reshape(t, [shape[0], 1, shape[2], shape[3], 25, uf * uf]), dim=4)
    return filters, tf.tile(0 * x[:, 3:4, :, :, :1], [1, 1, 1, 1, 3 * uf * uf])
"""


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Small files in the manner of the authors'."""
    (tmp_path / "utils.py").write_text(UTILS)
    (tmp_path / "nets.py").write_text(NETS)
    return tmp_path


def test_files_for_tensorflow_1_run_and_enlarge_the_middle_frame(theirs: Path) -> None:
    large = original(theirs, 16, 4, 24, 16)()
    middle = np.random.default_rng(3).random((1, 7, 16, 24, 3), dtype=np.float32)[:, 3]
    # Filters that sum to one over the one pixel that they see leave it as it is.
    assert np.allclose(large[:, 0], middle.repeat(4, 1).repeat(4, 2), atol=1e-5)
    import tensorflow

    assert tensorflow.__version__.startswith("2.")  # as it was


def test_it_is_timed_beside_a_duf(theirs: Path) -> None:
    rate, used = Measure("end to end, superfast", "frames/s", [0.5]), Measure("core time, superfast", "", [4e3])
    alone, cores, times, core_times = beside(theirs, Plan("duf-16", width=24, height=16, runs=3), [rate, used])
    assert len(alone.values) == 3 and times.values == [0.5 * seconds for seconds in alone.values]
    assert core_times.values == [per_frame / 4e3 for per_frame in cores.values]


def test_a_folder_without_their_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"has no utils\.py and no nets\.py: name a folder"):
        original(tmp_path, 16, 4, 24, 16)
