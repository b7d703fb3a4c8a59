"""One cell of the matrix: a fault strikes at a moment, and afterwards all is well, or this says what is not."""

import time
from collections.abc import Callable
from pathlib import Path

import requests
from django.db import DatabaseError, connection
from django.test import Client

from accounts.models import User
from tests.reliability.faults import Fault, Stage
from tests.reliability.moments import PIECES, Moment, arrive
from tests.reliability.outcomes import Outcome
from tests.videos.site import convert, ended, ready
from tests.videos.soundness import troubles
from videos.models import Upscale, Video
from videos.work.sweeping import sweep

ANSWER_SECONDS = 60
END_SECONDS = 150
ORPHAN_SECONDS = 20


class Matrix:
    """A site on which cells are run one after another, and a job as it is when nothing happens."""

    def __init__(self, stage: Stage, owner: User, clip: Path, address: str) -> None:
        self.stage, self.owner, self.clip, self.address = stage, owner, clip, address
        client = Client()
        client.force_login(owner)
        self._session = client.cookies["sessionid"].value
        self.expected = self._undisturbed()

    def run(self, fault: Fault, kind: type[Moment]) -> Outcome:
        moment = kind(self.owner, self.clip, self.address, self.session)
        seconds = 0.0
        try:
            moment.begin()
            moment.wait(self._look_after)
            fault.strike(self.stage)
            seconds = self._until_answered()
            self._until(moment.is_over, END_SECONDS)
            self._until(lambda: not self.stage.site.orphans(), ORPHAN_SECONDS, "processes outlive their program")
            return Outcome(seconds, "; ".join(self._wrong(moment)))
        except AssertionError as error:
            return Outcome(seconds, str(error).split("\n")[0])

    def session(self) -> requests.Session:
        """Somebody's browser, signed in, with the proof that its requests come from our pages."""
        session = requests.Session()
        session.cookies.set("sessionid", self._session)
        session.cookies.set("csrftoken", "c" * 32)
        session.headers.update({"X-CSRFToken": "c" * 32, "Referer": self.address})
        return session

    def _undisturbed(self) -> str:
        video = arrive(self.owner, self.clip)
        self._until(lambda: ready(video), END_SECONDS)
        job = convert(video, PIECES)
        self._until(lambda: ended(job), END_SECONDS)
        job.refresh_from_db()
        assert job.state == Upscale.State.DONE, job.reason
        return job.sha256

    def _until_answered(self) -> float:
        """Seconds until a page of this person comes again."""
        begun = time.monotonic()
        self._until(self._answers, ANSWER_SECONDS)
        return time.monotonic() - begun

    def _answers(self) -> bool:
        try:
            answer = self.session().get(f"{self.address}/", timeout=10)
        except requests.RequestException:
            return False
        return answer.status_code == 200 and "login" not in answer.url

    def _until(self, done: Callable[[], bool], seconds: float, otherwise: str = "not over") -> None:
        end = time.monotonic() + seconds
        while not self._seen(done):
            assert time.monotonic() < end, f"{otherwise} after {seconds:.0f} s"
            self._look_after()
            time.sleep(0.3)

    def _seen(self, done: Callable[[], bool]) -> bool:
        try:
            return done()
        except DatabaseError:
            connection.close()
            return False

    def _look_after(self) -> None:
        try:
            self.stage.site.look_after()
        except DatabaseError:
            connection.close()

    def _wrong(self, moment: Moment) -> list[str]:
        """What is not as it must be."""
        sweep()
        sent = {moment.video.pk: moment.sent} if moment.video else {}
        return [*troubles(sent, self.expected), *_shortened()]


def _shortened() -> list[str]:
    """Videos that count as ready without all of their frames."""
    short = Video.objects.filter(state=Video.State.READY).exclude(frames=PIECES[-1][1])
    return [f"{video.name} is ready with {video.frames} frames" for video in short]
