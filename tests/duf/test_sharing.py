import numpy as np
import pytest

from duf import windows
from duf.networks import DUF
from duf.tensors import Tensors, windowed


@pytest.fixture(scope="module", params=[16, 28], ids=str)
def network(request):
    made = DUF(request.param, 2)
    rng = np.random.default_rng(5)
    vectors = [w + 0.1 * rng.random(w.shape, np.float32) if w.ndim == 1 else w for w in made.get_weights()]
    made.set_weights(vectors)  # no normalisation or bias leaves things as they are
    return made


def clip(count: int, height: int, width: int) -> list[np.ndarray]:
    return list(np.random.default_rng(2).random((count, height, width, 3), dtype=np.float32))


def test_what_windows_share_changes_nothing(network):
    frames = clip(7, 12, 14)
    whole = network(np.stack(frames)[None], training=False).numpy()[0]
    shared = Tensors(network)
    drawn, _ = shared.enlarged(frames[3], [shared.glance(frame) for frame in frames], [])
    np.testing.assert_allclose(drawn, np.clip(whole, 0, 1), atol=1e-4)


def test_what_the_last_window_knew_changes_nothing(network):
    shared = Tensors(network)
    glances = [shared.glance(frame) for frame in clip(8, 12, 14)]
    *_, known = shared.heads(glances[:7], [])
    assert [len(columns) for columns in known[:4]] == [4, 2, 0, 0][: len(known)]
    fresh, continued = shared.heads(glances[1:], []), shared.heads(glances[1:], known)
    for one, other in zip(fresh[:2], continued[:2], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_each_frame_is_glanced_at_once(network, monkeypatch):
    upscaler, seen = windowed(network, 2), []
    glance = upscaler.engine.glance
    monkeypatch.setattr(upscaler.engine, "glance", lambda frame: seen.append(1) or glance(frame))
    assert len(list(upscaler.upscale(clip(9, 8, 8)))) == 9
    assert len(seen) == 9


@pytest.mark.parametrize("network", [16], indirect=True)
@pytest.mark.parametrize("kept", [0, 10**6])
def test_a_picture_in_parts_is_that_of_the_whole(network, kept, monkeypatch):
    frames = clip(2, 100, 84)
    whole = list(windowed(network, 2).upscale(frames))
    monkeypatch.setattr(windows, "LARGEST", 80 * 80)
    monkeypatch.setattr(windows, "KEPT", kept)
    assert len(list(windowed(network, 2).tiles(frames[0]))) > 1
    for one, other in zip(whole, windowed(network, 2).upscale(frames), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
