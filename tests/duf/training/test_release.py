from dataclasses import replace

import pytest

from duf import streaming, weights
from duf.judging.protocols import PAPER, VIDEO
from duf.reference import Returning
from duf.steady import Steady
from duf.stream import build
from duf.streaming import Streaming
from duf.training import release as releasing
from duf.training.progress import Progress
from duf.training.recipe import Recipe
from duf.training.release import release
from duf.upscaler import bicubic
from duf.windows import Windowed
from tests.duf import clips
from tests.duf.training.test_trainer import SMALL


@pytest.fixture(autouse=True)
def pace(monkeypatch):
    monkeypatch.setattr(releasing, "cost_a_frame", lambda upscaler: (0.0625, 0.125))


@pytest.fixture
def held_out(tmp_path):
    folder = tmp_path / "val"
    folder.mkdir()
    clips.make(folder / "a.mp4", frames=6, size=(96, 64))
    return folder


def trainer(folder, network: str = "stream") -> Progress:
    made = Progress(Recipe(network, 4, 2, 1, 1, 1e-3, 1e-5, 1.0, 0.9, 5, 1, SMALL), folder)
    made.step = 1
    return made


def test_better_weights_ship_with_their_figures_and_a_line(held_out, tmp_path):
    log = tmp_path / "training.md"
    log.write_text("- [ ] `run`\n|---|\n")
    assert release(trainer(tmp_path / "run"), held_out, log, tmp_path / "models")
    card = weights.read_card(tmp_path / "models" / "stream-x4")
    assert card.precision == "half" and card.figures["steps"] == 1
    assert set(card.figures) >= {"paper", "video", "video, CRF 25", "cores"}
    assert (card.figures["seconds_a_frame"], card.figures["core_seconds_a_frame"]) == (0.0625, 0.125)
    assert card.figures["source"] == "426x240"
    assert f"| {card.figures['paper']['psnr']:.2f} / " in log.read_text()
    assert log.read_text().endswith("| 0.062 |\n")
    assert "- [x] `run`" in log.read_text()


def test_what_was_learnt_unfolded_ships_folded(tmp_path):
    made = trainer(tmp_path / "run")
    made.recipe = replace(made.recipe, unfold=True)
    made.model = made.learner()
    made.average = made.network.get_weights()
    assert releasing.as_shipped(made).count_params() == build("stream", 4).count_params() < made.network.count_params()


def test_weights_that_are_no_better_do_not_ship(held_out, tmp_path):
    log = tmp_path / "training.md"
    log.write_text("")
    assert release(trainer(tmp_path / "run"), held_out, log, tmp_path / "models")
    before = weights.read_card(tmp_path / "models" / "stream-x4")
    assert not release(trainer(tmp_path / "run"), held_out, log, tmp_path / "models")
    assert weights.read_card(tmp_path / "models" / "stream-x4") == before
    assert log.read_text().count("| run |") == 2


@pytest.mark.parametrize(
    ("shipped", "coming", "ships"),
    [
        ((31.0, 0.31), (30.98, 0.29), True),
        ((31.0, 0.31), (30.9, 0.29), False),  # too great a loss
        ((31.0, 0.31), (30.98, 0.305), False),  # it still flickers
        ((31.0, 0.29), (30.98, 0.28), False),  # what ships does not
    ],
)
def test_what_does_not_flicker_ships_for_a_slight_loss(tmp_path, monkeypatch, shipped, coming, ships):
    measure = told({"paper": shipped}, {"paper": coming}, {"paper": (29.0, 0.3)})
    assert calmer(tmp_path, monkeypatch, "stream-corner", measure) is ships


def test_what_flickers_in_one_of_its_uses_counts_as_flickering(tmp_path, monkeypatch):
    def ships(psnr: float, crf_25: float) -> bool:
        before = {"video": (31.0, 0.29), "video, CRF 25": (29.0, 0.31)}
        coming = {"video": (psnr, 0.29), "video, CRF 25": (29.0, crf_25)}
        plain = dict.fromkeys(before, (28.0, 0.3))
        return calmer(tmp_path, monkeypatch, "stream", told(before, coming, plain))

    assert ships(30.98, 0.29)
    assert not ships(30.98, 0.305)


def test_what_flickers_is_measured_as_users_run_it(tmp_path, monkeypatch):
    opened = []

    def measure(load, clips, scale, chosen):
        load(scale, "centre")
        return {}

    def note(path, scale, sampling):
        opened.append(path.name)
        return bicubic(scale, sampling)

    monkeypatch.setattr(streaming, "opened", note)
    calmer(tmp_path, monkeypatch, "stream", measure)
    assert opened == ["stream-x4", "stream-x4"]


def told(*measured: dict[str, tuple[float, float]]):
    """A `measure` that gives PSNR and static flicker by protocol, of what is asked one after another."""
    left = iter(measured)

    def measure(*asked):
        return {title: {"psnr": psnr, "static_flicker": static} for title, (psnr, static) in next(left).items()}

    return measure


def calmer(tmp_path, monkeypatch, network: str, measure) -> bool:
    """What `calmer` says of a new network beside one that ships."""
    made, path = trainer(tmp_path / "run", network), tmp_path / f"{network}-x4"
    card = releasing.card(made, made.network, {})
    weights.save(made.network, path, card)
    monkeypatch.setattr(releasing, "measure", measure)
    return releasing.calmer(made.network, card, path, tmp_path)


def test_a_run_for_the_ablation_is_logged_but_never_ships(held_out, tmp_path):
    log = tmp_path / "training.md"
    log.write_text("")
    assert not release(trainer(tmp_path / "ablation-wide"), held_out, log, tmp_path / "models")
    assert "| ablation-wide |" in log.read_text() and not (tmp_path / "models").exists()


def test_a_network_for_compressed_sources_is_judged_by_them():
    assert [judge.title for judge in releasing.judged_by("stream-compressed")] == ["video, CRF 25"]
    assert [one.crf for one in releasing.protocols("stream-compressed")] == [None, None, 18, 25, 32]


def test_a_network_should_not_flicker_in_any_of_its_uses():
    assert [one.crf for one in releasing.uses("stream-compressed")] == [None, None, 18, 25, 32]
    assert releasing.uses("stream-corner") == releasing.uses("duf-16") == [PAPER]


def test_a_network_is_judged_by_what_it_is_for():
    assert [judge.title for judge in releasing.judged_by("stream")] == ["video", "video, CRF 25"]
    assert releasing.judged_by("stream-corner") == releasing.judged_by("duf-16") == [PAPER]


def test_the_mean_of_the_judges_counts():
    figures = {"video": {"psnr": 31.0}, "video, CRF 25": {"psnr": 29.0}}
    assert releasing.psnr_of(figures, releasing.judged_by("stream")) == 30.0
    assert releasing.psnr_of({"video": {"psnr": 31.0}}, releasing.judged_by("stream")) == 15.5


def test_weights_fitted_to_the_paper_have_to_beat_those_that_serve_both(tmp_path):
    made = trainer(tmp_path / "run")
    weights.save(made.network, tmp_path / "stream-x4", releasing.card(made, made.network, {"paper": {"psnr": 40.0}}))
    assert releasing.best_so_far(tmp_path / "stream-corner-x4", 4, tmp_path, [PAPER]) == 40.0


def test_a_shipped_card_without_that_figure_is_beaten(tmp_path):
    made = trainer(tmp_path / "run")
    path = tmp_path / "stream-x4"
    weights.save(made.network, path, releasing.card(made, made.network, {"paper": {"psnr": 40.0}}))
    assert releasing.best_so_far(path, 4, tmp_path, [PAPER]) == 40.0
    assert releasing.best_so_far(path, 4, tmp_path, [VIDEO]) == 0.0


def test_a_network_has_to_beat_the_others_of_its_scale_that_are_no_larger(tmp_path):
    def ship(name: str, scale: int, psnr: float, parameters: int) -> None:
        options = {"scale": scale, "channels": 32, "blocks": 2}
        figures = {"paper": {"psnr": psnr}, "parameters": parameters}
        weights.save(small, tmp_path / f"{name}-x{scale}", weights.Card(name, name, options, "", "", "MIT", figures))

    small, large = build("stream", 4), build("stream-hq", 4)
    ship("stream", 4, 31.5, small.count_params())
    ship("stream", 2, 37.0, small.count_params())
    ship("duf-16", 4, 33.0, 10**6)
    assert releasing.best_of_others(tmp_path / "stream-hq-x4", 4, large, [PAPER]) == 31.5
    assert releasing.best_of_others(tmp_path / "stream-compressed-x4", 4, small, [PAPER]) == 31.5
    assert releasing.best_of_others(tmp_path / "stream-x4", 4, small, [PAPER]) == 0.0


def test_a_duf_ships_below_the_streaming_networks_but_not_below_itself(held_out, tmp_path):
    made, log, models = trainer(tmp_path / "run"), tmp_path / "training.md", tmp_path / "models"
    log.write_text("")
    weights.save(made.network, models / "stream-x4", releasing.card(made, made.network, {"paper": {"psnr": 60.0}}))
    duf = trainer(tmp_path / "duf", "duf-16")
    assert release(duf, held_out, log, models)
    assert weights.read_card(models / "duf-16-x4").options == {"scale": 4, "depth": 16}
    assert not release(duf, held_out, log, models)


def test_weights_for_another_scale_have_to_beat_what_is_made_from_the_larger_picture(held_out, tmp_path):
    made = trainer(tmp_path / "run")
    assert releasing.best_so_far(tmp_path / "stream-x2", 2, held_out, [PAPER]) == 0.0
    weights.save(made.network, tmp_path / "stream-x4", releasing.card(made, made.network, {}))
    assert 10 < releasing.best_so_far(tmp_path / "stream-x2", 2, held_out, [PAPER]) < 60


def test_a_duf_is_described_by_its_depth():
    recipe = Recipe("duf-16", 4, 2, 1, 1, 1e-3, 1e-5, 1.0, 0.9, 5, 1, SMALL)
    kind, options, what = releasing.described(recipe, None)
    assert (kind, options) == ("duf", {"depth": 16}) and "16 layers" in what


def test_what_was_learnt_from_fine_flow_is_measured_and_ships_with_it(tmp_path):
    made = trainer(tmp_path / "run")
    assert not releasing.reached(made)(4, "centre").upscaler.fine
    made.recipe = replace(made.recipe, shard=replace(SMALL, fine_flow=True))
    assert releasing.reached(made)(4, "centre").upscaler.fine
    weights.save(made.network, tmp_path / "stream-x4", releasing.card(made, made.network, {}))
    assert streaming.reference(tmp_path / "stream-x4", 4, "centre").fine
    assert streaming.integers(tmp_path / "stream-x4", 4, "centre").fine


@pytest.mark.parametrize(
    ("name", "kind"), [("duf-16", Windowed), ("stream", Streaming), ("stream-returning", Returning)]
)
def test_what_is_trained_is_measured_as_the_catalogue_gives_it(tmp_path, name, kind):
    made = trainer(tmp_path / "run", name)
    upscaler = releasing.at_work(made.recipe, made.network)(4, "corner")
    assert isinstance(upscaler, Steady) and isinstance(upscaler.upscaler, kind)
