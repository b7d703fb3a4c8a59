"""What a job will take, told before its start: time with its spread, bytes, and the wait before it.

The pace is that of the video's own trial, which saw these pictures and this hour; until it is done, that of the latest
segments of the same kind, which also say how far it may be off. The bytes are those of the trial's pictures.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import fmean, median, quantiles
from typing import Any, Self

from django.db.models import Q

from duf.catalog import MODELS
from duf.choices import Choices
from duf.devices import cores
from duf.fitting import scale_for
from duf.resets import run_bounds, run_of
from duf.trials import Point
from videos.measured import Speed, Trial
from videos.models import Upscale, Video
from videos.trimming import Stretch, frames_of
from videos.work.trials import choice

LATEST, FEWEST = 12, 3  # segments whose pace counts, at most and at least
ALIKE = 2.0  # times as many pixels, or as few, are still the same kind of picture
LEAST_SPREAD = 0.2  # of the time; what else the machine will do is not known better
AROUND = 0.8  # seconds until work begins and from its end on: three calls of the queue, planning, joining, verifying
KEY_EVERY = 250  # frames from key frame to key frame at most
SOUND = 16_000  # bytes in a second of a sound track
LEFT = (  # what tells how much work a job still is; thousands may wait
    "video__owner", "model", "frames", "frames_done", "estimate__seconds",
    "video__facts__video__width", "video__facts__video__height",
)  # fmt: skip


@dataclass(frozen=True)
class Quote:
    """Seconds of work between `low` and `high`, probably `seconds`, after `wait`; bytes, where they are known."""

    frames: int  # to be made
    seconds: float
    low: float
    high: float
    wait: float
    bytes: int | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**data)


@dataclass(frozen=True)
class Offer:
    """One choice with what it takes: a quote, or a trial that goes on, or the reason why there is none."""

    scale: int
    quote: Quote | None
    measuring: bool = False
    problem: str = ""


def quote_for(
    video: Video, model: str, scale: int, encoding: dict[str, Any], stretch: Stretch | None = None
) -> Quote | None:
    """What this choice takes, as far as it has been measured."""
    offer = offers(video, model, encoding, stretch).get(scale) if model in MODELS else None
    return offer.quote if offer else None


def offers(
    video: Video,
    model: str,
    encoding: dict[str, Any],
    stretch: Stretch | None = None,
    backlog: "Backlog | None" = None,
) -> dict[int, Offer]:
    """Every scale of a model with what it takes; for a part of the video, if one is given.

    `backlog`: for whoever asks several times at once.
    """
    chosen = choice(encoding)
    trials = {trial.scale: trial for trial in video.trials.filter(model=model, **chosen)}
    speeds = Speed.objects.filter(model=model, codec=chosen["codec"])
    part = Part(video, encoding, stretch, _lead_in(video, model, stretch))
    made, backlog = _frames_made(part, model, chosen), backlog or Backlog(video.owner_id)
    return {
        scale: _offer(part, scale, trials.get(scale), speeds.filter(scale=scale), made[scale], backlog)
        for scale in _scales(video, model, chosen["fit"])
    }


def _scales(video: Video, name: str, fit: str) -> tuple[int, ...]:
    """What there is to choose from: with a size to fit into, the one scale that it takes."""
    scales = MODELS[name].scales
    return (scale_for(video.clip.video, fit, scales),) if fit else scales


@dataclass(frozen=True)
class Part:
    """What of a video is asked for."""

    video: Video
    encoding: dict[str, Any]
    stretch: Stretch | None
    lead_in: int  # frames before it that are made as well, so that it looks as in the whole

    @property
    def frames(self) -> int:
        return frames_of(self.video, self.stretch)

    @property
    def share(self) -> float:
        return self.frames / max(1, self.video.frames or 0)

    @property
    def sounds(self) -> int:
        """Tracks that are kept."""
        clip = Choices.from_json(self.encoding).applied(self.video.clip)
        return sum(track.kind == "audio" and track.kept for track in clip.tracks)

    def holds(self, sample: Upscale) -> bool:
        """Whether all of a sample lies in it."""
        start, stop = self.stretch or (0, self.video.frames or 0)
        return start <= (sample.start or 0) and (sample.stop or 0) <= stop


def _lead_in(video: Video, name: str, stretch: Stretch | None) -> int:
    if not stretch or not stretch[0]:
        return 0
    return stretch[0] - run_of(video.read_index().cuts, MODELS[name].reset_every, stretch[0])


def _frames_made(part: Part, model: str, chosen: dict[str, Any]) -> Counter[int]:
    """By scale, the frames of finished samples, which a whole job takes over."""
    finished = part.video.upscales.filter(model=model, sample=True, state=Upscale.State.DONE)
    samples = [sample for sample in finished if choice(sample.settings) == chosen and part.holds(sample)]
    bounds = run_bounds(part.video.read_index().cuts, MODELS[model].reset_every) if samples else set()
    made: Counter[int] = Counter()
    for sample in samples:
        made[sample.scale] += sample.frames if {sample.start, sample.stop} <= bounds else 0
    return made


def _offer(part: Part, scale: int, trial: Trial | None, speeds: Any, made: int, backlog: "Backlog") -> Offer:
    past = _past_paces(part.video, speeds)
    quote = _quote(part, past, trial, made, backlog) if past or _points(trial) else None
    state = trial.state if trial else ""
    problem = trial.reason if trial and state == Trial.State.FAILED else ""
    return Offer(scale, quote, state == Trial.State.WAITING, problem)


def _quote(part: Part, past: list[float], trial: Trial | None, made: int, backlog: "Backlog") -> Quote:
    frames, points = max(0, part.frames + part.lead_in - made), _points(trial)
    lead = AROUND + (trial.segments if trial else 1) * (fmean(point.lead for point in points) if points else 0.0)
    fed = frames + (_fed_again(part, trial) if trial else 0)
    low, middle, high = (lead + fed * pace for pace in _spread([point.pace for point in points], past))
    size = result_bytes(part, trial, points) if trial and points else None
    return Quote(frames, middle, low, high, backlog.before(middle), size)


def _fed_again(part: Part, trial: Trial) -> int:
    """Frames that the model sees twice, for it starts anew inside scenes, too: at least so many."""
    model = MODELS[trial.model]
    runs = -(-part.frames // model.reset_every) if model.reset_every else 0
    return model.past * max(0, runs - trial.scenes)


def result_bytes(part: Part, trial: Trial, points: list[Point]) -> int:
    """The trial's mean picture times the frames, key frames apart from others, and the sound."""
    frames = part.frames
    keys = min(frames, 1 + round((trial.segments + trial.scenes - 2) * part.share) + frames // KEY_EVERY)
    key_bytes = sum(point.key_bytes for point in points) / sum(point.keys for point in points)
    others = sum(point.frames - point.keys for point in points)
    other_bytes = sum(point.other_bytes for point in points) / others if others else key_bytes
    seconds = (part.video.clip.duration or 0.0) * part.share
    return round(keys * key_bytes + (frames - keys) * other_bytes + part.sounds * SOUND * seconds)


def _past_paces(video: Video, speeds: Any) -> list[float]:
    """Seconds a frame of this video would have taken at the speed of the latest segments like it."""
    pixels = video.pixels
    alike = speeds.filter(pixels__range=(pixels / ALIKE, pixels * ALIKE))[:LATEST]
    paces = [speed.seconds / speed.frames * pixels / speed.pixels for speed in alike]
    return paces if len(paces) >= FEWEST else []


def _spread(measured: list[float], past: list[float]) -> tuple[float, float, float]:
    """Low, middle and high."""
    middle, paces = median(measured or past), measured + past
    tenths = quantiles(paces, n=10, method="inclusive") if len(paces) > 1 else paces * 9
    return min(tenths[0], middle * (1 - LEAST_SPREAD)), middle, max(tenths[-1], middle * (1 + LEAST_SPREAD))


def _points(trial: Trial | None) -> list[Point]:
    return [Point.from_json(point) for point in trial.points] if trial else []


class Backlog:
    """The work that waits or goes on, in seconds, by owner. People take turns segment by segment."""

    def __init__(self, owner: int) -> None:
        self._owner = owner
        self._left: defaultdict[int, float] = defaultdict(float)
        for job in Upscale.objects.filter(state__in=Upscale.WORKED_ON).order_by().values(*LEFT):
            self._left[job["video__owner"]] += _seconds_left(job)

    def before(self, seconds: float) -> float:
        """How much of it is done before a new job of this owner, of so many seconds, is."""
        own = self._left[self._owner]
        others = (left for owner, left in self._left.items() if owner != self._owner)
        return own + sum(min(left, own + seconds) for left in others)


def sample_seconds(video: Video, name: str, quote: Quote | None, frames: int) -> float:
    """About how long so many frames take, by the quote of the whole, else by the table of costs."""
    if quote and quote.frames:
        return AROUND + (quote.seconds - AROUND) * frames / quote.frames
    return AROUND + _table_seconds(name, video.pixels, frames)


def _seconds_left(job: dict[str, Any]) -> float:
    """Of work on a job, of which LEFT is known: by its own quote, else by the table of costs."""
    width, height, frames = job["video__facts__video__width"], job["video__facts__video__height"], job["frames"]
    whole = job["estimate__seconds"] or _table_seconds(job["model"], (width or 0) * (height or 0), frames)
    return float(whole) * (1 - job["frames_done"] / frames if frames else 1.0)


def _table_seconds(name: str, pixels: int, frames: int) -> float:
    cost = MODELS[name].cost if name in MODELS else 1.0
    return cost * pixels / 1e6 * frames / cores()


@dataclass(frozen=True)
class Truth:
    """A finished job beside its quote."""

    job: Upscale
    quote: Quote
    seconds: float  # from the click to the result
    work: float  # of it, on its segments

    @property
    def around(self) -> float:
        """Seconds before, between and after the segments."""
        return self.seconds - self.work

    @property
    def time_ratio(self) -> float:
        return self.seconds / (self.quote.wait + self.quote.seconds)

    @property
    def size_ratio(self) -> float | None:
        return (self.job.size or 0) / self.quote.bytes if self.quote.bytes else None


def truths() -> list[Truth]:
    """Every finished job that had a quote, the oldest first."""
    quoted = Q(state=Upscale.State.DONE, sample=False, estimate__isnull=False, finished__isnull=False)
    jobs: Iterable[Upscale] = Upscale.objects.filter(quoted).select_related("video").order_by("created")
    return [truth(job) for job in jobs]


def truth(job: Upscale) -> Truth:
    """Of a finished job that had a quote."""
    assert job.estimate and job.finished
    worked = [made.finished - made.started for made in job.segments.all() if made.started and made.finished]
    work = sum(took.total_seconds() for took in worked)
    return Truth(job, Quote.from_json(job.estimate), (job.finished - job.created).total_seconds(), work)
