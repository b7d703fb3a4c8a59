import cv2
import numpy as np
import pytest

from duf.flow import Flow


def texture(height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(3).integers(0, 256, (height, width)).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX)


def test_flow_points_to_where_the_picture_was():
    wide = texture(96, 140)
    previous, current = wide[:, :128].copy(), wide[:, 3:131].copy()  # the picture moves three pixels to the left
    found = Flow()(current, previous)
    assert np.median(found[16:-16, 16:-16], axis=(0, 1)) == pytest.approx((3, 0), abs=0.2)


def test_fine_flow_is_nearer_to_a_motion_by_parts_of_a_pixel():
    wide = cv2.GaussianBlur(texture(4 * 96, 4 * 140), (0, 0), 4)
    previous, current = (cv2.resize(wide[:, n : n + 512], (128, 96), interpolation=cv2.INTER_AREA) for n in (0, 10))
    quick, fine = (Flow(fine)(current, previous)[16:-16, 16:-16] - (2.5, 0) for fine in (False, True))
    assert np.abs(fine).mean() < 0.8 * np.abs(quick).mean()


def test_one_thread_finds_what_more_would_find():
    measure, wide = Flow(), texture(240, 440)
    frames = wide[:, :426].copy(), wide[:, 5:431].copy()
    alone = measure(*frames)
    cv2.setNumThreads(4)
    together = measure(*frames)
    cv2.setNumThreads(1)
    assert np.array_equal(alone, together)


@pytest.mark.parametrize("size", [(16, 16), (16, 640), (9, 7)])
def test_small_frames_have_flow_too(size):
    found = Flow()(texture(*size), texture(*size))
    assert found.shape == (*size, 2)
    assert found.flags.c_contiguous  # the kernels take its address
    assert np.abs(found).max() < 0.5
