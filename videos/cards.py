"""What a page shows of a video and its conversions: rows, progress and words, put together once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from duf.errors import MediaError
from duf.media.encode import EncodeSettings, check_depth
from duf.pipeline import crop_notes, enlarged
from videos import retention, words
from videos.forms import ConvertForm
from videos.models import Upscale, Video
from videos.progress import Progress, progress_of_all
from videos.quotas import left_bytes
from videos.quotes import Offer, offers

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

    scale: int
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
        return offers(self.video, self.form.chosen("model"), self.form.encoding)

    @property
    def choice(self) -> Offer | None:
        return self.offers.get(self.form.chosen("scale"))

    @property
    def lines(self) -> list[OfferLine]:
        return [self._line(offer) for offer in self.offers.values()]

    @property
    def sentences(self) -> list[str]:
        """Of the choice: what comes before it, and what it costs of the owner's space."""
        quote = self.choice.quote if self.choice else None
        if quote is None:
            return []
        room = words.quoted_room(quote, left_bytes(self.video.owner))
        return [sentence for sentence in (words.quoted_wait(quote), room) if sentence]

    @property
    def notes(self) -> list[str]:
        """What cannot be kept, beyond what the video's own notes say."""
        picture, scale = self.video.clip.video, self.form.chosen("scale")
        try:
            check_depth(EncodeSettings.from_json(self.form.encoding), picture.bit_depth)
        except MediaError as error:
            return [str(error)]
        return crop_notes(picture, scale)

    @property
    def measuring(self) -> bool:
        return any(offer.measuring for offer in self.offers.values())

    @property
    def query(self) -> str:
        """Asks for the same card again."""
        return urlencode({name: self.form.chosen(name) for name in ("model", "scale", "codec", "quality")})

    @property
    def announcement(self) -> str:
        return ", ".join(f"×{line.scale}: {line.time}" for line in self.lines if line.chosen and line.time)

    def _line(self, offer: Offer) -> OfferLine:
        result = enlarged(self.video.clip.video, offer.scale)
        return OfferLine(
            offer.scale,
            f"{result.width}×{result.height}",
            words.quoted_time(offer.quote) if offer.quote else "",
            words.quoted_spread(offer.quote) if offer.quote else "",
            words.quoted_size(offer.quote) if offer.quote else "",
            offer.measuring,
            offer.problem,
            offer.scale == self.form.chosen("scale"),
        )


@dataclass(frozen=True)
class VideoCard:
    """One video with its conversions, the newest first."""

    video: Video
    jobs: list[JobCard]
    form: ConvertForm

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
    def checked(self) -> bool:
        return self.video.state == Video.State.READY

    @property
    def convertible(self) -> bool:
        return self.video.convertible

    @property
    def expires(self) -> datetime | None:
        """When the original goes."""
        return retention.original_expires(self.video, [job.upscale for job in self.jobs])

    @property
    def quote(self) -> QuoteCard:
        """Costs some queries: not for pages with many cards."""
        return QuoteCard(self.video, self.form)

    @property
    def pictured(self) -> bool:
        """Whether there is a poster: it is drawn before the facts are written."""
        return self.video.facts is not None


def job_card(upscale: Upscale) -> JobCard:
    return JobCard(upscale, progress_of_all([upscale])[upscale.pk])


def video_card(video: Video, form: ConvertForm | None = None) -> VideoCard:
    return video_cards([video], form)[0]


def video_cards(videos: Iterable[Video], form: ConvertForm | None = None) -> list[VideoCard]:
    """The cards of several videos; the progress of all their jobs costs two queries. `form`: one with errors."""
    rows = list(videos)
    jobs: dict[Video, list[Upscale]] = {video: [] for video in rows}
    for upscale in Upscale.objects.filter(video__in=rows, sample=False).select_related("video"):
        jobs[upscale.video].append(upscale)
    progress = progress_of_all([upscale for upscales in jobs.values() for upscale in upscales])
    return [
        VideoCard(video, [JobCard(job, progress[job.pk]) for job in upscales], form or _blank_form(video))
        for video, upscales in jobs.items()
    ]


def _blank_form(video: Video) -> ConvertForm:
    """Fields need ids of their own on a page with several forms."""
    return ConvertForm(auto_id=f"id_{video.pk}_%s")
