"""What the page for comparing shows: moments to pick, models with what a sample costs, and the samples made."""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from duf.catalog import MODELS
from duf.media.filmstrip import FRAMES
from videos import samples, words
from videos.advice import advice
from videos.cards import JobCard
from videos.forms import SampleForm
from videos.models import Upscale, Video
from videos.players import Figure, Player, player, shape_of
from videos.presets import READY
from videos.progress import progress_of_all
from videos.quotes import Backlog, offers, quote_for, sample_seconds
from vsrsite.sentences import translated


@dataclass(frozen=True)
class Moment:
    """One frame of the filmstrip."""

    number: int
    frame: int
    time: str
    chosen: bool


@dataclass(frozen=True)
class Cell:
    """One choice of model and scale."""

    value: str
    scale: int
    time: str
    chosen: bool


@dataclass(frozen=True)
class Row:
    """A model with its scales."""

    title: str
    cells: list[Cell]


def moments(video: Video, form: SampleForm) -> list[Moment]:
    """The filmstrip; the middle one is chosen at first."""
    strip = video.strip[:FRAMES] or [(video.frames or 1) // 2]
    chosen = form.data.get("frame") if form.is_bound else str(strip[len(strip) // 2])
    return [
        Moment(number, frame, words.moment(video, frame), str(frame) == chosen) for number, frame in enumerate(strip)
    ]


def strip_size(video: Video) -> tuple[float, float]:
    """Width and height of the whole filmstrip, as far as their ratio goes."""
    width, height = shape_of(video)
    return FRAMES * width, height


def choice_rows(video: Video, form: SampleForm) -> list[Row]:
    """Every model with every scale, and about how long a sample of it takes."""
    frames, backlog = samples.usual_frames(video), Backlog(video.owner_id)
    chosen = form["choices"].value() if form.is_bound else [_first(video)]
    rows = []
    for model in MODELS.values():
        offered = offers(video, model.name, {}, backlog=backlog)
        cells = [
            Cell(
                value := f"{model.name}:{scale}",
                scale,
                words.rough(sample_seconds(video, model.name, offered[scale].quote, frames)),
                value in chosen,
            )
            for scale in sorted(model.scales, reverse=True)
        ]
        rows.append(Row(translated(model.title), cells))
    return rows


def _first(video: Video) -> str:
    """What the advice says; without any, the usual model at its largest."""
    advised = {entry.preset for entry in advice(video)}
    for preset in READY:
        if preset.name in advised:
            return f"{preset.values['model']}:{preset.values['scale']}"
    return f"{settings.DEFAULT_MODEL}:{max(MODELS[settings.DEFAULT_MODEL].scales)}"


@dataclass(frozen=True)
class SampleCard(JobCard):
    """One sample."""

    @property
    def name(self) -> str:
        return f"{self.upscale.model} ×{self.upscale.scale}"

    @property
    def whole(self) -> str:
        """What the rest of the video takes."""
        job = self.upscale
        quote = quote_for(job.video, job.model, job.scale, job.settings)
        if quote is None:
            return ""
        return " · ".join(filter(None, (words.quoted_time(quote), words.quoted_size(quote))))


@dataclass(frozen=True)
class SamplesCard:
    """All samples of one stretch, and where others begin."""

    video: Video
    start: int
    stop: int
    at: int  # the frame that was picked
    jobs: list[SampleCard]
    others: list[tuple[int, str]]  # first frame and time

    @property
    def active(self) -> bool:
        return any(job.upscale.active for job in self.jobs)

    @property
    def done(self) -> list[SampleCard]:
        return [job for job in self.jobs if job.upscale.state == Upscale.State.DONE]

    @cached_property
    def player(self) -> Player:
        """The original's frames and every finished sample of them."""
        original = reverse("videos:stretch", args=[self.video.pk, self.start, self.stop])
        figures = [Figure(gettext("Original"), original, 1.0, False)]
        for job in self.done:
            url = reverse("videos:play", args=[job.upscale.pk])
            figures.append(Figure(job.name, url, float(job.upscale.scale), True, job.upscale.heard))
        return player(self.video, self.start, self.stop, figures, self.shown)

    @property
    def unheard(self) -> str:
        return words.unheard_in_samples(self.video.clip)

    @cached_property
    def shown(self) -> tuple[int, int]:
        return samples.shown_of(self.video, self.start, self.stop, self.at)

    @property
    def span(self) -> str:
        return words.stretch(self.video, *self.shown)

    @property
    def announcement(self) -> str:
        return ", ".join(f"{job.name}: {job.state}" for job in self.jobs)


def samples_card(video: Video, start: int | None = None, at: int | None = None) -> SamplesCard | None:
    """The samples of the stretch that begins with a frame, or of the one asked for last; None if there is none.

    `at`: the frame that was picked; its middle, if none was.
    """
    made = [] if video.original_removed else samples.of_video(video)
    stretches = dict.fromkeys((sample.start or 0, sample.stop or 0) for sample in made)
    if not stretches:
        return None
    shown = next((bounds for bounds in stretches if bounds[0] == start), next(iter(stretches)))
    jobs = [sample for sample in reversed(made) if (sample.start, sample.stop) == shown]
    progress = progress_of_all(jobs)
    cards = [SampleCard(job, progress[job.pk]) for job in jobs]
    others = [(first, words.moment(video, first)) for first, stop in stretches if (first, stop) != shown]
    return SamplesCard(video, *shown, sum(shown) // 2 if at is None else at, cards, sorted(others))
