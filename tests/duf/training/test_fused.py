import numpy as np
from keras import ops

from duf.stream import build
from duf.training.fused import fused


def test_painting_gives_the_same_picture_fused():
    random = np.random.default_rng(3)
    network = build("stream", 4)
    frame = random.random((2, 6, 8, 3), dtype=np.float32)
    state, phase = random.normal(size=(2, 6, 8, network.channels)).astype(np.float32), np.array([0, 1], np.float32)
    planned = network.plan(state, phase)
    apart, together = network.paint(frame, *planned), fused(network.paint)(ops.convert_to_tensor(frame), *planned)
    np.testing.assert_allclose(together, apart, atol=1e-5)
