import re

import cv2
import numpy as np
import pytest

from duf.judging.evaluation import case, judge
from duf.judging.page import SIDE, Corner, crop, hardest, write_page
from duf.judging.protocols import VIDEO
from duf.upscaler import bicubic, lanczos


@pytest.fixture(scope="module")
def judged():
    noise = np.random.default_rng(2).integers(0, 256, (192, 320, 3)).astype(np.uint8)
    scene = [cv2.GaussianBlur(np.roll(noise, 2 * t, 1), (0, 0), 1) for t in range(6)]
    return judge(case("a <clip>", [scene], 4, VIDEO), {"lanczos": lanczos(4), "bicubic": bicubic(4)})


def test_source_bicubic_ours_and_truth_stand_side_by_side(judged, tmp_path):
    text = write_page(tmp_path / "page", [judged], 4, VIDEO).read_text()
    row = re.findall(r"<figcaption>(.*?)</figcaption>", text.split('<div class="crops"')[1])
    assert row == ["source", "bicubic", "lanczos", "truth"]
    assert "a &lt;clip&gt;" in text and "<script" not in text and "http" not in text


def test_crops_are_png_beside_the_page(judged, tmp_path):
    index = write_page(tmp_path, [judged], 4, VIDEO)
    names = re.findall(r'img src="(.*?)"', index.read_text().replace("&lt;", "<").replace("&gt;", ">"))
    sizes = {name: cv2.imread(str(tmp_path / name)).shape[:2] for name in names}
    assert set(sizes.values()) == {(SIDE, SIDE), (SIDE // 4, SIDE // 4)}
    assert sizes["a <clip>-1-source.png"] == (SIDE // 4, SIDE // 4)


def test_crops_lie_where_the_result_is_furthest_off():
    truth = np.full((300, 500, 3), 100, np.uint8)
    result = truth.copy()
    result[180:200, 300:320] = 200
    first, *others = hardest(truth, result, 4)
    assert first.x <= 300 and first.x + SIDE >= 320 and first.y <= 180 and first.y + SIDE >= 200
    assert first.x % 4 == first.y % 4 == 0
    assert all(abs(other.x - first.x) >= SIDE or abs(other.y - first.y) >= SIDE for other in others)


def test_a_crop_of_the_source_shows_the_same_part():
    picture = np.arange(200 * 200 * 3).reshape(200, 200, 3).astype(np.uint8)
    assert np.array_equal(crop(picture[::4, ::4], Corner(16, 40), 4), crop(picture, Corner(16, 40))[::4, ::4])
