"""The people of the load: their videos and jobs, begun anew as they end; their uploads, looked at and taken away."""

import hashlib
import json
import shutil
import uuid
from pathlib import Path

from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.duf.clips import Sound, make
from tests.reliability.content import content
from tests.videos.site import Site, convert, ready, upload
from videos import jobs, queue
from videos.models import Segment, Upscale, Video
from videos.storage import store

PIECES = [(start, start + 48) for start in range(0, 480, 48)]


class Crowd:
    """So many people, each with a video that is being converted."""

    def __init__(self, site: Site, people: int, upload_bytes: int, folder: Path) -> None:
        self.sessions = folder / "sessions.json"
        self.results: set[str] = set()  # what ended jobs made, by their checksums
        self.done = self.failed = 0
        self.whole = self.lost = 0  # uploads
        self._sent = hashlib.sha256(content(upload_bytes)).hexdigest()
        owners = [User.objects.create_user(f"person{number}@example.org") for number in range(people)]
        clip = make(folder / "clip.mp4", frames=PIECES[-1][1], size=(320, 240), sounds=[Sound()])
        first = upload(owners[0], clip)
        site.wait_until(lambda: ready(first), 200)
        self._clips = [first.pk, *(_copy(first.pk, owner) for owner in owners[1:])]
        self._jobs = [convert(video, PIECES) for video in Video.objects.all()]
        visits = [[_session(job.video.owner), reverse("videos:job", args=[job.pk])] for job in self._jobs]
        self.sessions.write_text(json.dumps(visits))

    def look_after(self) -> None:
        """Whatever has ended is looked at and begun anew; uploads that are whole are looked at and go."""
        for job in Upscale.objects.exclude(state__in=Upscale.UNFINISHED):
            self._end(job)
        for video in self._uploads().filter(state=Video.State.REFUSED):
            self.whole += 1
            self.lost += not video.source.is_file() or _sha256(video.source) != self._sent
            jobs.remove_video(video)

    def clear(self) -> None:
        """What is still on its way goes: those who sent it have left."""
        for video in self._uploads():
            jobs.remove_video(video)

    def uploading(self) -> bool:
        """Whether something whole is still looked at."""
        return self._uploads().exclude(state=Video.State.UPLOADING).exists()

    def _uploads(self) -> QuerySet[Video]:
        return Video.objects.exclude(pk__in=self._clips)

    def _end(self, job: Upscale) -> None:
        if job.result and _sha256(job.result) == job.sha256:
            self.done += 1
            self.results.add(job.sha256)
        else:
            self.failed += 1
        Upscale.objects.filter(pk=job.pk).update(state=Upscale.State.CANCELLED, file="", sha256="", frames_done=0)
        job.segments.update(**Segment.ANEW)
        store().remove_tree(job.folder)
        Upscale.objects.get(pk=job.pk).retry()
        queue.wake_heavy()


def _copy(video: uuid.UUID, owner: User) -> uuid.UUID:
    """The same video of somebody else."""
    original, copied = (Video.objects.get(pk=video) for _ in range(2))
    copied.pk, copied.owner, copied._state.adding = uuid.uuid4(), owner, True
    copied.save()
    shutil.copytree(original.folder, copied.folder)
    return copied.pk


def _session(person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


def _sha256(file: Path) -> str:
    with file.open("rb") as bytes_of:
        return hashlib.file_digest(bytes_of, "sha256").hexdigest()
