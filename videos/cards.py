"""What a page shows of a video and its conversions: rows, progress and words, put together once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import prefetch_related_objects
from django.http import QueryDict
from django.utils.translation import gettext

from accounts.models import User
from duf.choices import Choices
from duf.errors import MediaError
from duf.fitting import enlarged, size_notes
from duf.media.encode import check_depth
from duf.media.join import why_not_mp4_at_sight
from videos import ordering, retention, words
from videos.access import upscales_of
from videos.advice import Advice, advice
from videos.forms import ConvertForm
from videos.models import Upscale, Video
from videos.presets import Preset, Values, presets_of
from videos.progress import Progress, progress_of_all
from videos.quotas import Refused, left_bytes, left_work
from videos.quotes import Offer, offers
from videos.spending import work_of
from videos.trimming import Stretch, frames_of
from vsrsite.sentences import translated

TURNS = 100  # of a queue that are shown

TONES = {
    Video.State.CHECKING: "busy",
    Video.State.REFUSED: "bad",
    Upscale.State.RUNNING: "busy",
    Upscale.State.ASSEMBLING: "busy",
    Upscale.State.DONE: "good",
    Upscale.State.FAILED: "bad",
}


@dataclass(frozen=True)
class JobCard:
    """One conversion."""

    upscale: Upscale
    progress: Progress

    @property
    def tone(self) -> str:
        return TONES.get(Upscale.State(self.upscale.state), "")

    @property
    def state(self) -> str:
        return words.state(self.upscale, self.progress)

    @property
    def pace(self) -> str:
        return words.pace(self.upscale, self.progress)

    @property
    def turn(self) -> str:
        return words.turn(self.progress)

    @property
    def announcement(self) -> str:
        return words.announcement(self.upscale, self.progress)

    @property
    def outcome(self) -> str:
        return words.result_line(self.upscale)

    @property
    def unheard(self) -> str:
        return words.unheard(self.upscale.receipt)

    @property
    def choices(self) -> str:
        return words.choices(self.upscale)

    @property
    def expires(self) -> datetime | None:
        return retention.result_expires(self.upscale)

    @property
    def kept(self) -> list[str]:
        return words.kept(self.upscale.receipt) if self.upscale.receipt else []

    @property
    def differences(self) -> list[str]:
        return list((self.upscale.receipt or {}).get("differences", []))


@dataclass(frozen=True)
class OfferLine:
    """One scale of the chosen model, with what it takes."""

    target: str
    size: str
    time: str
    spread: str
    bytes: str
    measuring: bool
    problem: str
    chosen: bool


@dataclass(frozen=True)
class QuoteCard:
    """What the choice in a form takes, before the start."""

    video: Video
    form: ConvertForm

    @cached_property
    def offers(self) -> dict[int, Offer]:
        return offers(self.video, self.form.chosen("model"), self.form.encoding, self.part[0])

    @cached_property
    def part(self) -> tuple[Stretch | None, str]:
        """What of the video is asked for, and why that cannot be."""
        try:
            return self.form.stretch(self.video), ""
        except Refused as refused:
            return None, str(refused)

    @property
    def choice(self) -> Offer | None:
        return self.offers.get(self.form.chosen("scale"))

    @property
    def lines(self) -> list[OfferLine]:
        return [self._line(offer) for offer in self.offers.values()]

    @property
    def sentences(self) -> list[str]:
        """Of the choice: what comes before it, and what it costs of the owner's space and month."""
        quote = self.choice.quote if self.choice else None
        frames = quote.frames if quote else frames_of(self.video, self.part[0])
        told = [words.quoted_work(work_of(self.video, frames), left_work(self.video.owner))]
        if quote:
            told = [words.quoted_wait(quote), words.quoted_room(quote, left_bytes(self.video.owner)), *told]
        return [sentence for sentence in told if sentence]

    @property
    def notes(self) -> list[str]:
        """What cannot be kept, beyond what the video's own notes say."""
        choices, picture = Choices.from_json(self.form.encoding), self.video.clip.video
        try:
            check_depth(choices.encoding, picture.bit_depth)
        except MediaError as error:
            return [str(error)]
        sizes = size_notes(picture, self.form.chosen("scale"), self.form.fit)
        return [*sizes, *filter(None, [self._told_of_container(choices), self.part[1]])]

    @property
    def measuring(self) -> bool:
        return any(offer.measuring for offer in self.offers.values())

    @property
    def query(self) -> str:
        """Asks for the same card again."""
        chosen = {name: self.form[name].value() for name in self.form.fields}
        return urlencode({name: value for name, value in chosen.items() if value}, doseq=True)

    @property
    def announcement(self) -> str:
        return ", ".join(f"{line.target}: {line.time}" for line in self.lines if line.chosen and line.time)

    def _told_of_container(self, choices: Choices) -> str:
        misfit = why_not_mp4_at_sight(choices.applied(self.video.clip)) if choices.container != "matroska" else ""
        if not misfit:
            return ""
        told = (
            gettext("{reason}; choose Matroska, or leave it out.")
            if choices.container == "mp4"
            else gettext(
                "{reason}, so the result is a Matroska file (.mkv). VLC opens it on every computer and telephone."
            )
        )
        return told.format(reason=translated(misfit))

    def _line(self, offer: Offer) -> OfferLine:
        result = enlarged(self.video.clip.video, offer.scale, self.form.fit)
        sides = (result.height, result.width) if result.rotation % 180 else (result.width, result.height)
        return OfferLine(
            self.form.fit or f"×{offer.scale}",
            "×".join(map(str, sides)),
            words.quoted_time(offer.quote) if offer.quote else "",
            words.quoted_spread(offer.quote) if offer.quote else "",
            words.quoted_size(offer.quote) if offer.quote else "",
            offer.measuring,
            offer.problem,
            offer.scale == self.form.chosen("scale"),
        )


@dataclass(frozen=True)
class PresetLink:
    """One preset, and whether the form is filled in so."""

    preset: Preset
    chosen: bool


@dataclass(frozen=True)
class VideoCard:
    """One video with its conversions, the newest first."""

    video: Video
    jobs: list[JobCard]
    filled: ConvertForm | None = None  # in the place of the one that is filled in at first
    opened: bool = True  # whether a list shows the form at once
    tagged: bool = True  # whether it may have tags

    @cached_property
    def form(self) -> ConvertForm:
        return self.filled or form_for(self.video)

    @property
    def tone(self) -> str:
        return TONES.get(Video.State(self.video.state), "")

    @property
    def summary(self) -> str:
        return words.summary(self.video)

    @property
    def details(self) -> list[tuple[str, str]]:
        return words.details(self.video)

    @property
    def notes(self) -> list[str]:
        return list((self.video.facts or {}).get("notes", []))

    @property
    def percent_arrived(self) -> int:
        return 100 * self.video.offset // self.video.size if self.video.size else 0

    @property
    def checking(self) -> bool:
        return self.video.state == Video.State.CHECKING

    @property
    def wish(self) -> str:
        return words.wish(self.video.wish) if self.video.wish and not self.video.original_removed else ""

    @property
    def changing(self) -> bool:
        """Whether it will look otherwise in a moment, without a job that says so."""
        return self.checking or (self.convertible and bool(self.wish))

    @property
    def checked(self) -> bool:
        return self.video.state == Video.State.READY

    @property
    def convertible(self) -> bool:
        return self.video.convertible

    @property
    def expires(self) -> datetime | None:
        """When the original goes."""
        return retention.original_expires(self.video, [job.upscale for job in self.jobs])

    @cached_property
    def tags(self) -> list[str]:
        return [tag.name for tag in self.video.tags.all()] if self.tagged else []

    @property
    def tag_line(self) -> str:
        """As it is typed."""
        return ", ".join(self.tags)

    @property
    def quote(self) -> QuoteCard:
        """Costs some queries: not for pages with many cards."""
        return QuoteCard(self.video, self.form)

    @property
    def advice(self) -> list[Advice]:
        return advice(self.video)

    @cached_property
    def presets(self) -> list[PresetLink]:
        """Costs a query."""
        filled = self.form.for_any_video
        owners = presets_of(self.video.owner_id)
        return [PresetLink(entry, entry.values.items() <= filled.items()) for entry in owners]

    @property
    def preset_note(self) -> str:
        """What the chosen one is good for."""
        return next((str(link.preset.note) for link in self.presets if link.chosen), "")

    @property
    def pictured(self) -> bool:
        """Whether there is a poster: it is drawn before the facts are written."""
        return self.video.facts is not None


@dataclass(frozen=True)
class Turn:
    """A job in its owner's queue, and before which ones it goes when it is moved up or down; empty is behind all."""

    number: int
    job: JobCard
    up: str
    down: str


@dataclass(frozen=True)
class QueueCard:
    """A person's work in its order; very long queues by their beginning."""

    turns: list[Turn]
    following: str  # the first that is not shown any more
    paused: list[JobCard]
    length: int
    moved: Upscale | None

    @property
    def more(self) -> int:
        return self.length - len(self.turns)

    @property
    def announcement(self) -> str:
        """Where the job that was moved is now."""
        return next((words.place(turn.job.upscale, turn.number, self.length) for turn in self._moved()), "")

    def _moved(self) -> list[Turn]:
        return [turn for turn in self.turns if self.moved and turn.job.upscale.pk == self.moved.pk]


def queue_card(owner: User, moved: Upscale | None = None) -> QueueCard:
    """Five queries."""
    rows = ordering.in_order(owner).select_related("video")
    jobs = list(rows[: TURNS + 1])
    paused = upscales_of(owner).filter(state=Upscale.State.PAUSED, sample=False).order_by("created")[:TURNS]
    progress = progress_of_all([*jobs, *paused])
    keys = [str(job.pk) for job in jobs]
    turns = [
        Turn(place + 1, JobCard(job, progress[job.pk]), keys[max(0, place - 1)], "".join(keys[place + 2 : place + 3]))
        for place, job in enumerate(jobs[:TURNS])
    ]
    paused_cards = [JobCard(job, progress[job.pk]) for job in paused]
    return QueueCard(turns, "".join(keys[TURNS:]), paused_cards, rows.count(), moved)


def job_card(upscale: Upscale) -> JobCard:
    return JobCard(upscale, progress_of_all([upscale])[upscale.pk])


def video_card(video: Video, form: ConvertForm | None = None) -> VideoCard:
    """`form`: one with errors, or with other choices than the first."""
    return VideoCard(video, _jobs_of([video])[video], form)


def video_cards(videos: Iterable[Video], tagged: bool = True) -> list[VideoCard]:
    """The cards of several videos, in four queries however many; `tagged`: whether any of them may have tags.

    The first that nothing was made of yet has its form open: twenty forms take longer than all else.
    """
    rows = list(videos)
    if tagged:
        prefetch_related_objects(rows, "tags")
    jobs = _jobs_of(rows)
    first = next((video for video in rows if video.convertible and not jobs[video] and not video.wish), None)
    return [VideoCard(video, jobs[video], opened=video is first, tagged=tagged) for video in rows]


def _jobs_of(videos: list[Video]) -> dict[Video, list[JobCard]]:
    """The conversions of each, the newest first."""
    rows = {video.pk: video for video in videos}
    upscales = list(Upscale.objects.filter(video__in=videos, sample=False))
    for upscale in upscales:
        upscale.video = rows[upscale.video_id]
    progress = progress_of_all(upscales)
    cards: dict[Video, list[JobCard]] = {video: [] for video in videos}
    for upscale in upscales:
        cards[upscale.video].append(JobCard(upscale, progress[upscale.pk]))
    return cards


def form_for(video: Video, data: QueryDict | None = None, values: Values | None = None) -> ConvertForm:
    """`values` are filled in at first. Fields need ids of their own on a page with several forms."""
    return ConvertForm(data, video=video, initial=values, auto_id=f"id_{video.pk}_%s")
