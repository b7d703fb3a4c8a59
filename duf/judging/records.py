"""What was measured, as it is kept: a model's figures in one protocol at one scale, clip by clip and their mean."""

from dataclasses import asdict, dataclass
from typing import Any

from duf import weights
from duf.catalog import serving
from duf.judging.evaluation import Judged, means
from duf.judging.figures import Figures, from_json
from duf.judging.protocols import Protocol


@dataclass(frozen=True)
class Record:
    model: str
    weights: str  # sha256 of the files that made the pictures; empty for an interpolation
    scale: int
    protocol: str
    crf: int | None
    mean: Figures
    clips: dict[str, Figures]

    def is_of(self, model: str, scale: int, protocol: Protocol) -> bool:
        """Whether it says what would be measured again: the weights are still the same."""
        asked = (model, weights_of(model, scale, protocol), scale, protocol.name, protocol.crf)
        return (self.model, self.weights, self.scale, self.protocol, self.crf) == asked

    def to_json(self) -> dict[str, Any]:
        clips = {clip: figures.to_json() for clip, figures in self.clips.items()}
        return {**asdict(self), "mean": self.mean.to_json(), "clips": clips}


def record(model: str, scale: int, protocol: Protocol, judged: list[Judged]) -> Record:
    clips = {clip.clip: clip.figures[model] for clip in judged}
    made_by = weights_of(model, scale, protocol)
    return Record(model, made_by, scale, protocol.name, protocol.crf, means(judged)[model], clips)


def read(values: dict[str, Any]) -> Record:
    """The record that `to_json` gave."""
    clips = {clip: from_json(figures) for clip, figures in values["clips"].items()}
    return Record(**{**values, "mean": from_json(values["mean"]), "clips": clips})


def weights_of(model: str, scale: int, protocol: Protocol) -> str:
    """The sha256 of a model's weights in that case, or of all that it has if it has none for that scale."""
    if shipped := weights.shipped(serving(model, scale), scale, protocol.sampling):
        return weights.read_card(shipped).sha256
    folders = (weights.imported(), weights.SHIPPED)
    own = [card for folder in folders for card in weights.cards(folder).values() if card.name == model]
    fitting = [card for card in own if card.scale == scale] or own
    return " ".join(card.sha256 for card in fitting)
