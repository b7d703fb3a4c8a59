import numpy as np
import pytest

from duf.errors import MediaError
from duf.judging.protocols import PAPER, VIDEO, protocol


@pytest.fixture
def clip() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.integers(0, 256, (64, 96, 3)).astype(np.uint8) for _ in range(3)]


@pytest.mark.parametrize("scale", [2, 4])
def test_video_sources_are_means_of_blocks(clip, scale):
    for frame, small in zip(clip, VIDEO.sources(clip, scale), strict=True):
        blocks = frame.reshape(64 // scale, scale, 96 // scale, scale, 3).mean((1, 3))
        assert np.abs(small - blocks).max() <= 0.5


def test_papers_sources_are_not_video_sources(clip):
    small, other = (list(one.sources(clip, 2)) for one in (PAPER, VIDEO))
    assert small[0].shape == other[0].shape and not np.array_equal(small[0], other[0])


def test_a_crf_compresses_what_the_video_protocol_made(clip):
    clean, squeezed = list(VIDEO.sources(clip, 2)), list(protocol("video", 32).sources(clip, 2))
    assert len(clean) == len(squeezed) and not np.array_equal(clean, squeezed)
    assert protocol("video", 32).title == "video, CRF 32" and protocol("video").title == "video"


def test_the_papers_protocol_knows_no_crf():
    with pytest.raises(MediaError, match="leave out the CRF"):
        protocol("paper", 25)
