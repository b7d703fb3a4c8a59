"""Trying a model on a video for the quote: it takes turns with segments, for somebody looks at the page and waits."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from duf.catalog import MODELS, model
from duf.media.encode import CODECS
from duf.media.frames import Index
from duf.pipeline import plan
from duf.resets import first_fed
from duf.trials import Point, packet_sizes
from videos import queue, storage
from videos.measured import Trial
from videos.models import Segment, Upscale, Video
from videos.quotas import media_limits
from videos.work.attempts import attempt
from videos.work.child import Child
from videos.work.leases import claim, extend, unheld


def waiting() -> QuerySet[Trial]:
    """Trials that somebody could take up now, the oldest first.

    What the check had tried by itself waits while the video is converted: nobody waits for its quote any more, and of
    hundreds that a script sends, trials would take longer than conversions.
    """
    made = Upscale.objects.filter(video=OuterRef("video"), sample=False, state__in=Upscale.ACTIVE)
    unasked = Q(model=settings.DEFAULT_MODEL, **choice({})) & Exists(made)
    ready = Trial.objects.filter(unheld(), state=Trial.State.WAITING, attempts__lt=settings.MAX_ATTEMPTS)
    return ready.exclude(unasked)


def ask(video: Video, name: str, scale: int, encoding: dict[str, Any]) -> None:
    """Have a choice tried, unless it has been or will be."""
    _, new = Trial.objects.get_or_create(video=video, model=name, scale=scale, **choice(encoding))
    if new:
        queue.wake_heavy()


def ask_first(video: Video) -> None:
    """Have the default model tried at every scale, the one that the page offers first before the others."""
    name = settings.DEFAULT_MODEL
    for scale in sorted(MODELS[name].scales, reverse=True):
        ask(video, name, scale, {})


def choice(encoding: dict[str, Any]) -> dict[str, Any]:
    """What of all choices makes other pictures or other bytes of them."""
    codec = encoding.get("codec", "h264")
    crf, fit = encoding.get("crf", CODECS[codec].crf), encoding.get("fit", "")
    return {"codec": codec, "crf": crf, "fit": fit, "deinterlace": encoding.get("deinterlace", "auto")}


def learn_from(sample: Upscale) -> None:
    """A sample that has just been made shows as much as a trial would; unless there is one."""
    index = sample.video.read_index()
    measured = {
        "state": Trial.State.DONE,
        "points": [_as_point(segment, index).to_json() for segment in sample.segments.all()],
        "segments": len(plan(index, sample.video.clip, sample.model, sample.scale)),
        "scenes": int(index.cuts.sum()),
    }
    asked = {"video": sample.video, "model": sample.model, "scale": sample.scale, **choice(sample.settings)}
    Trial.objects.get_or_create(**asked, defaults=measured)


def _as_point(segment: Segment, index: Index) -> Point:
    with storage.store().fetched(segment.upscale.folder / segment.file) as path:
        keys, others = packet_sizes(path)
    assert segment.started and segment.finished  # it is done
    first = first_fed(index.cuts, segment.start, model(segment.upscale.model).past)
    pace = (segment.finished - segment.started).total_seconds() / (segment.stop - first)
    return Point(segment.frames, 0.0, pace, len(keys), sum(keys), sum(others))


def claim_next() -> Trial | None:
    """Take up the oldest of whoever has fewest waiting, or None if there is nothing to do or no room to do it."""
    if storage.obstacle():
        return None
    people = waiting().order_by().values("video__owner").annotate(trials=Count("pk"), since=Min("created"))
    person = people.order_by("trials", "since").first()
    if person is None:
        return None
    for trial in waiting().filter(video__owner=person["video__owner"]).select_related("video__owner")[:8]:
        if claim(waiting().filter(pk=trial.pk)):
            trial.refresh_from_db(fields=["holder", "lease", "attempts"])
            return trial
    return None


def run(trial: Trial, child: Child) -> None:
    """One attempt at one trial."""
    video = trial.video
    with (
        attempt(trial, lambda frames: extend(trial)) as hold,
        storage.scratch(video.folder / "trial.nut", trial.holder) as scratch,
        storage.store().fetched(video.index) as path,
    ):
        measured = child.run(request(trial, str(path), str(scratch)), hold)
        index = Index.load(path)
        pieces = plan(index, video.clip, trial.model, trial.scale)
        trial.done(points=measured["points"], segments=len(pieces), scenes=int(index.cuts.sum()))


def request(trial: Trial, index: str, scratch: str) -> dict[str, Any]:
    """What `python -m duf serve` is asked."""
    video = trial.video
    return {
        "trial": True,
        "source": str(storage.store().source(video.source)),
        "clip": video.facts,
        "index": index,
        "model": model(trial.model).name,
        "scale": trial.scale,
        "settings": {name: getattr(trial, name) for name in ("codec", "crf", "fit", "deinterlace")},
        "limits": media_limits(video.owner).to_json(),
        "output": scratch,
    }
