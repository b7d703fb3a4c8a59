"""What a page shows of a video and its conversions: rows, progress and words, put together once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from videos import retention, words
from videos.forms import ConvertForm
from videos.models import Upscale, Video
from videos.progress import Progress, progress_of_all

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
        return self.checked and not self.video.original_removed

    @property
    def expires(self) -> datetime | None:
        """When the original goes."""
        return retention.original_expires(self.video, [job.upscale for job in self.jobs])

    @property
    def pictured(self) -> bool:
        """Whether there is a poster: it is drawn long before the check of all frames ends."""
        return self.video.poster.is_file()


def job_card(upscale: Upscale) -> JobCard:
    return JobCard(upscale, progress_of_all([upscale])[upscale.pk])


def video_card(video: Video, form: ConvertForm | None = None) -> VideoCard:
    return video_cards([video], form)[0]


def video_cards(videos: Iterable[Video], form: ConvertForm | None = None) -> list[VideoCard]:
    """The cards of several videos; the progress of all their jobs costs two queries. `form`: one with errors."""
    rows = list(videos)
    jobs: dict[Video, list[Upscale]] = {video: [] for video in rows}
    for upscale in Upscale.objects.filter(video__in=rows).select_related("video"):
        jobs[upscale.video].append(upscale)
    progress = progress_of_all([upscale for upscales in jobs.values() for upscale in upscales])
    return [
        VideoCard(video, [JobCard(job, progress[job.pk]) for job in upscales], form or _blank_form(video))
        for video, upscales in jobs.items()
    ]


def _blank_form(video: Video) -> ConvertForm:
    """Fields need ids of their own on a page with several forms."""
    return ConvertForm(auto_id=f"id_{video.pk}_%s")
