import numpy as np
import pytest

from duf import weights
from duf.stream import restored
from duf.training.learners import Unrolled
from duf.training.teaching import Teacher, untaught


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_what_is_learnt_lies_between_the_truth_and_the_teachers_picture(share):
    rng, path = np.random.default_rng(3), weights.SHIPPED / "stream-x4"
    frames = rng.random((1, 3, 8, 8, 3), np.float32)
    sample = frames, np.zeros((1, 3, 8, 8, 2), np.float32), np.zeros(1, np.float32)
    truth = rng.random((1, 3, 32, 32, 3), np.float32)
    shown = Unrolled(restored(path))
    made = np.clip(shown(sample), 0, 1)
    goal = Teacher(path, share)(sample, truth)
    np.testing.assert_allclose(goal, (1 - share) * truth + share * made, atol=1e-5)
    assert untaught(sample, truth) is truth
