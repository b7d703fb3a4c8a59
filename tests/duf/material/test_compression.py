from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np
import pytest

from duf.errors import MediaError
from duf.material.compression import OPTIONS, compressed
from tests.duf.clips import Recipe, ordinal_of, picture


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    plan = Recipe(size=(160, 96), picture=None)
    return [picture(n, plan) for n in range(60)]


def error(frames, crf) -> float:
    return float(
        np.mean([np.square(a.astype(float) - b) for a, b in zip(frames, compressed(frames, crf), strict=True)])
    )


def test_every_frame_comes_back_in_order(frames):
    assert [ordinal_of(x.mean(-1)) for x in compressed(frames, 25)] == list(range(60))


def test_a_higher_crf_costs_more(frames):
    assert 0 < error(frames, 18) < error(frames, 25) < error(frames, 32)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30), (20, 160, 240)])
def test_colours_stay_as_they_are(colour):
    flat = np.full((32, 64, 3), colour, np.uint8)
    (back,) = compressed([flat], 1)
    assert np.abs(back.astype(int) - flat).max() <= 4
    assert back.dtype == np.uint8 and back.shape == flat.shape


def test_it_is_what_a_file_of_x264_medium_holds(frames, tmp_path):
    path = str(tmp_path / "file.mkv")
    with av.open(path, "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": "25", **OPTIONS})
        stream.width, stream.height, stream.pix_fmt, stream.codec_context.thread_count = 160, 96, "yuv420p", 1
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, "rgb24")
            output.mux(stream.encode(picture.reformat(format="yuv420p", interpolation="BICUBIC")))
        output.mux(stream.encode(None))
    with av.open(path) as file:
        stored = [frame.reformat(format="rgb24", interpolation="BICUBIC") for frame in file.decode(video=0)]
    assert np.array_equal([frame.to_ndarray() for frame in stored], list(compressed(frames, 25)))


def test_it_is_the_same_each_time():
    noise = np.random.default_rng(1).integers(0, 256, (11, 64, 64, 3)).astype(np.uint8)
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: np.stack(list(compressed(noise, 20))).tobytes(), range(30)))
    assert len(set(results)) == 1


def test_nothing_compressed_is_nothing():
    assert list(compressed([], 25)) == []


@pytest.mark.parametrize(("size", "crf", "sentence"), [((33, 64), 25, "even sides"), ((32, 64), 52, "choose 0 to 51")])
def test_what_x264_cannot_do_is_one_sentence(size, crf, sentence):
    with pytest.raises(MediaError, match=sentence):
        list(compressed([np.zeros((*size, 3), np.uint8)], crf))
