import json
import shutil

from duf import weights
from duf.judging import records
from duf.judging.evaluation import Judged
from duf.judging.figures import Figures
from duf.judging.protocols import PAPER, VIDEO, protocol

FIGURES = Figures(30.0, 0.8, 0.1, 2.0, 0.5, 0.3)
CLIPS = [Judged(clip, {"stream": FIGURES, "bicubic": FIGURES}, None) for clip in ("a", "b")]


def test_a_record_comes_back_from_json():
    made = records.record("stream", 4, protocol("video", 25), CLIPS)
    assert records.read(json.loads(json.dumps(made.to_json()))) == made
    assert (made.crf, list(made.clips), made.mean) == (25, ["a", "b"], FIGURES)


def test_a_record_is_of_one_case():
    made = records.record("stream", 4, VIDEO, CLIPS)
    assert made.is_of("stream", 4, VIDEO)
    assert not made.is_of("bicubic", 4, VIDEO)
    assert not made.is_of("stream", 3, VIDEO)
    assert not made.is_of("stream", 4, PAPER) and not made.is_of("stream", 4, protocol("video", 25))


def test_other_weights_make_another_record(monkeypatch):
    made = records.record("stream", 4, VIDEO, CLIPS)
    monkeypatch.setattr(records, "weights_of", lambda model, scale, protocol: "other")
    assert not made.is_of("stream", 4, VIDEO)


def test_the_weights_of_a_scale_are_its_own_or_what_it_is_made_from():
    assert len(records.weights_of("stream", 4, VIDEO)) == 64
    assert records.weights_of("stream", 3, VIDEO) and not records.weights_of("bicubic", 4, VIDEO)


def test_the_weights_of_a_protocol_are_those_fitted_to_it(tmp_path, monkeypatch):
    for suffix in (".json", ".npz"):
        shutil.copy(weights.SHIPPED / f"stream-x4{suffix}", tmp_path)
        shutil.copy(weights.SHIPPED / f"stream-x2{suffix}", tmp_path / f"stream-corner-x4{suffix}")
    monkeypatch.setattr(weights, "SHIPPED", tmp_path)
    whole, fitted = (weights.read_card(tmp_path / f"{name}-x4").sha256 for name in ("stream", "stream-corner"))
    assert records.weights_of("stream", 4, VIDEO) == whole
    assert records.weights_of("stream", 4, PAPER) == fitted
