"""Finding out what an upload is: facts and a poster at once, then the index and a filmstrip by one full decode."""

from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from PIL import Image

from duf.errors import MediaError
from duf.media import Clip, Frame, Limits, VideoFacts, index, poster, probe
from duf.media.colour import coding, to_rgb
from duf.media.filmstrip import FRAMES
from duf.media.join import container_for, settled
from duf.media.sandbox import CRASHED
from videos import advice, queue, quotas, storage
from videos.models import Video
from videos.storage import sha256, store, writing
from videos.work import trials
from videos.work.attempts import attempt
from videos.work.leases import Hold, claim, extend, held, unheld

POSTER_SIZE = (640, 640)  # pixels at most
TILE_SIZE = (160, 120)

CHECKING = Q(state=Video.State.CHECKING)


def check() -> None:
    """Check the upload whose turn it is, then call for the next."""
    video = claim_next()
    if video is None:
        return
    with attempt(video, lambda frames: extend(video, frames_indexed=frames)) as hold:
        _examine(video, hold)
    queue.wake_check()


def claim_next() -> Video | None:
    """Who has fewer checks going on is first, then who came first. One light worker is left for quicker work."""
    if storage.obstacle() or Video.objects.filter(CHECKING, held()).count() >= settings.LIGHT_WORKERS - 1:
        return None
    same_owner = Video.objects.filter(CHECKING, held(), owner=OuterRef("owner")).order_by().values("owner")
    busy = Subquery(same_owner.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    waiting = Video.objects.filter(CHECKING, unheld(), attempts__lt=settings.MAX_ATTEMPTS)
    for video in waiting.annotate(busy=Coalesce(busy, 0)).order_by("busy", "created")[:8]:
        if claim(waiting.filter(pk=video.pk)):
            video.refresh_from_db()
            return video
    return None


def _examine(video: Video, hold: Hold) -> None:
    with store().fetched(video.source, hold.check) as source:
        _examine_file(video, source, hold)


def _examine_file(video: Video, source: Path, hold: Hold) -> None:
    limits = quotas.media_limits(video.owner)
    try:
        clip = probe(source, limits)
        _draw_poster(video, source, clip, limits)
        video.change(Q(holder=video.holder), facts=clip.to_json())
        strip: list[Frame] = []
        found = index(source, limits, hold.count, strip.append)
        container = container_for(source, clip, limits)
        clip = settled(source, clip, container, limits)
    except MediaError as error:
        if str(error) == CRASHED:  # perhaps it was killed: that is worth another try
            raise
        _remember_checksum(video, source, hold)
        video.fail(str(error))
        return
    with writing(video.index, video.holder) as temporary:
        found.save(temporary)
    _draw_filmstrip(video, clip, strip)
    clip = replace(clip, notes=[*clip.notes, *found.notes])
    seen = advice.noticed(video, clip, found, limits)
    _remember_checksum(video, source, hold)
    with transaction.atomic():
        ordinals = [frame.ordinal for frame in strip]
        counted = {"frames": len(found), "frames_indexed": len(found)}
        if video.ready(facts=clip.to_json(), seen=seen, strip=ordinals, **counted):
            if video.wish:
                queue.wake_grant()
            else:
                trials.ask_first(video)


def _remember_checksum(video: Video, source: Path, hold: Hold) -> None:
    """Of the original, which can be had again whatever it turned out to be."""
    video.change(Q(holder=video.holder), sha256=sha256(source, hold.check))


def _draw_poster(video: Video, source: Path, clip: Clip, limits: Limits) -> None:
    """A small picture as a player would show it."""
    image = _as_shown(poster(source, limits), clip.video, POSTER_SIZE)
    with writing(video.poster, video.holder) as temporary:
        image.save(temporary, quality=80)


def _draw_filmstrip(video: Video, clip: Clip, strip: list[Frame]) -> None:
    """Its frames side by side in one picture, which always has room for `FRAMES` of them."""
    images = [_as_shown(frame, clip.video, TILE_SIZE) for frame in strip]
    if not images:
        return
    width, height = images[0].size
    whole = Image.new("RGB", (width * FRAMES, height))
    for number, image in enumerate(images):
        whole.paste(image, (number * width, 0))
    with writing(video.filmstrip, video.holder) as temporary:
        whole.save(temporary, quality=75)


def _as_shown(frame: Frame, video: VideoFacts, size: tuple[int, int]) -> Image.Image:
    """A frame in square pixels, upright, and no larger than that."""
    rgb = to_rgb(frame.planes, coding(video))
    image = Image.fromarray((rgb * 255 + 0.5).astype("uint8"))
    wide, tall = video.sample_aspect_ratio or (1, 1)
    image = image.resize((max(1, round(image.width * wide / tall)), image.height))
    image = image.rotate(video.rotation, expand=True)
    image.thumbnail(size)
    return image
