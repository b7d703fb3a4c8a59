"""A site with something in every state, and every page of it: for looking at, by eye or by program.

Its rows are made up and its pictures are those of the short clip; nothing works on them.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO

import av
import cv2
import numpy as np
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client, RequestFactory
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Invitation, User
from api import tokens
from api.models import Scope, Webhook
from duf.media import index, probe
from duf.trials import FEWEST, Point
from tests.accounts.passkeys import passkey_of
from videos import own_presets, shares
from videos.measured import Trial
from videos.models import Segment, Upscale, Video
from videos.work.trials import choice
from vsrsite.paths import SHORT_CLIP, SHORT_CLIP_POSTER

MAIN = {
    "login", "signup", "empty", "dashboard", "video-done", "video-running", "video-fresh", "compare", "compare-made",
    "queue", "shared",
}  # fmt: skip
FRAMES = 144
ALONE = "nobody"


@dataclass(frozen=True)
class Place:
    """A page, and who looks at it."""

    name: str
    path: str
    who: str = "alice"


class Furnished:
    """Alice has something of everything, Bob has just come, and there is no administrator yet."""

    def __init__(self) -> None:
        self.clip, self.index, self.strip = probe(SHORT_CLIP), index(SHORT_CLIP), filmstrip()
        self.alice = User.objects.create_user("alice@example.org", "a password of length")
        self.bob = User.objects.create_user("bob@example.org", "a password of length", max_stored_bytes=100_000)
        self.carol = User.objects.create_user("carol@example.org", "a password of length")
        self.ready = self._video("Grandmother's 80th birthday, 2006.mp4", seen={}, strip=list(range(0, FRAMES, 12)))
        self.done = self._job(self.ready, "done")
        self.running = self._job(self._video("Summer at the lake.avi"), "running", frames_done=57)
        self._job(self._video("Wedding.mkv"), "failed", reason="The disk is full; free some space, then try again.")
        self._job(self._video("Skiing.mov"), "paused", frames_done=30)
        self._job(self._video("First steps.mp4"), "queued")
        self.fresh = self._video("A street.mp4", seen={}, strip=list(range(0, FRAMES, 12)))
        self._try(self.fresh)
        self._video("School play.mp4", "uploading", offset=400)
        self._video("Zoo.mpg", "checking", frames_indexed=77)
        self._video("letter.doc", "refused", reason="This is a text file and not a video; choose another file.")
        self._sample(self.ready)
        self._links()
        self._account()
        self.sessions = {name: session_of(getattr(self, name)) for name in ("alice", "bob", "carol")}

    def places(self) -> Iterator[Place]:
        """Every page of ours."""
        ready, done = self.ready.pk, self.done.pk
        yield Place("beginning", "/accounts/beginning/", ALONE)
        yield Place("login", "/accounts/login/", ALONE)
        yield Place("signup", "/accounts/signup/", ALONE)
        yield Place("password-reset", "/accounts/password/reset/", ALONE)
        yield Place("invitation-over", "/accounts/invitation/gone/", ALONE)
        yield Place("not-found", "/nothing/here/", ALONE)
        yield Place("shared", f"/shared/{self.open_link}/", ALONE)
        yield Place("shared-password", f"/shared/{self.closed_link}/", ALONE)
        yield Place("shared-over", "/shared/nothing/", ALONE)
        yield Place("api", "/api/", ALONE)
        yield Place("empty", "/", "carol")
        yield Place("nearly-full", "/accounts/", "bob")
        yield Place("dashboard", "/")
        yield Place("found-nothing", "/?q=nothing+of+the+kind")
        yield Place("video-done", f"/videos/{ready}/")
        yield Place("video-running", f"/videos/{self.running.video_id}/")
        yield Place("video-fresh", f"/videos/{self.fresh.pk}/")
        yield Place("compare", f"/videos/{self.fresh.pk}/compare/")
        yield Place("compare-made", f"/videos/{ready}/compare/?start=0")
        yield Place("delete-video", f"/videos/{ready}/delete/")
        yield Place("delete-result", f"/results/{done}/delete/")
        yield Place("share", f"/results/{done}/share/")
        yield Place("links", "/links/")
        yield Place("queue", "/queue/")
        yield Place("presets", "/presets/")
        yield Place("account", "/accounts/")
        yield Place("delete-account", "/accounts/delete/")
        yield Place("logout", "/accounts/logout/")
        yield Place("email", "/accounts/email/")
        yield Place("password-change", "/accounts/password/change/")
        yield Place("tokens", "/accounts/tokens/")
        yield Place("webhooks", "/accounts/webhooks/")
        yield Place("second-factor", "/accounts/second-factor/")
        yield Place("recovery-codes", "/accounts/second-factor/recovery-codes/")
        yield Place("recovery-codes-new", "/accounts/second-factor/recovery-codes/generate/")
        yield Place("totp", "/accounts/second-factor/totp/activate/", "carol")
        yield Place("totp-off", "/accounts/second-factor/totp/deactivate/")
        yield Place("passkeys", "/accounts/second-factor/webauthn/")
        yield Place("passkey-new", "/accounts/second-factor/webauthn/add/")
        yield Place("reauthenticate", "/accounts/reauthenticate/")

    def main_places(self) -> list[Place]:
        """Those that people see most."""
        found = [place for place in self.places() if place.name in MAIN]
        assert len(found) == len(MAIN)
        return found

    def go_to(self, place: Place, page: Page, site: str) -> None:
        """Open the page as that person."""
        page.goto("about:blank")  # a page that still polls would load itself again once its cookie is gone
        page.context.clear_cookies()
        if place.who != ALONE:
            page.context.add_cookies([{"name": "sessionid", "value": self.sessions[place.who], "url": site}])
        page.goto(site + place.path, wait_until="domcontentloaded")

    def _video(self, name: str, state: str = "ready", **fields: object) -> Video:
        known = {"facts": self.clip.to_json(), "frames": FRAMES, "sha256": "c" * 64} if state == "ready" else {}
        size = SHORT_CLIP.stat().st_size if state == "ready" else 1000
        values = {"owner": self.alice, "name": name, "state": state, "size": size, **known, **fields}
        video = Video.objects.create(**values)
        video.folder.mkdir()
        if state == "ready":
            shutil.copy(SHORT_CLIP, video.source)
            shutil.copy(SHORT_CLIP_POSTER, video.poster)
            cv2.imwrite(str(video.filmstrip), self.strip)
            self.index.save(video.index)
        return video

    def _job(self, video: Video, state: str, **fields: object) -> Upscale:
        values = {"model": "stream", "scale": 4, "frames": FRAMES, "state": state, **fields}
        job = Upscale.objects.create(video=video, started=timezone.now() - timedelta(seconds=41), **values)
        job.folder.mkdir()
        Segment.objects.create(upscale=job, number=0, start=0, stop=FRAMES)
        if state == "done":
            self._finish(job)
        return job

    def _finish(self, job: Upscale) -> None:
        (job.folder / "result.mp4").write_bytes(enlarged())
        receipt = {
            "ok": True, "frames": job.frames, "duration": 6.0, "width": 1280, "height": 720, "container": "mp4",
            "codec": "h264", "tracks": [{"codec": "aac", "language": "eng", "packets": 282, "sha256": "a" * 64}],
            "sample_aspect_ratio": None, "worst_sync": 0.0, "differences": [],
        }  # fmt: skip
        about = {"file": "result.mp4", "container": "mp4", "size": 2_400_000, "sha256": "e" * 64, "receipt": receipt}
        Upscale.objects.filter(pk=job.pk).update(finished=timezone.now(), frames_done=job.frames, **about)
        job.refresh_from_db()

    def _try(self, video: Video) -> None:
        """What its quotes are made of, as an ordinary machine of two cores measures it."""
        for scale, pace, size in ((2, 0.02, 5_000), (3, 0.03, 9_000), (4, 0.04, 14_000)):
            point = Point(FEWEST, 0.3, pace, 1, 4 * size, (FEWEST - 1) * size)
            Trial.objects.create(
                video=video, model="stream", scale=scale, state="done", segments=1, scenes=1,
                points=[point.to_json()], **choice({}),
            )  # fmt: skip

    def _sample(self, video: Video) -> None:
        shutil.copy(SHORT_CLIP, video.stretch(0, FRAMES))
        for model in ("stream", "bicubic"):
            job = self._job(video, "done", model=model, sample=True, start=0, stop=FRAMES)
            assert job.sample

    def _links(self) -> None:
        self.open_link = shares.make(self.done, timedelta(days=7), "", True, True)[1]
        self.closed_link = shares.make(self.done, timedelta(days=7), "open", True, True)[1]

    def _account(self) -> None:
        TOTP.activate(self.alice, "secret")
        RecoveryCodes.activate(self.alice)
        passkey_of(self.alice)
        tokens.make(self.alice, "The script on the old computer", list(Scope), timedelta(days=90))
        Webhook.objects.create(owner=self.alice, url="https://hook.example/finished")
        choices = {"scale": 2, "model": "stream", "codec": "h264", "quality": "best", "container": "auto"}
        own_presets.save(self.alice, "Family videos", choices)
        Invitation.objects.create()


def session_of(user: User) -> str:
    """The cookie of somebody who has just signed in."""
    client, request = Client(), RequestFactory().get("/")
    client.force_login(user)
    request.session = session = client.session
    record_authentication(request, user, "password", reauthenticated=True)
    session.save()
    return str(client.cookies["sessionid"].value)


@cache
def enlarged() -> bytes:
    """The short clip four times as large, by interpolation and without its sound."""
    file = BytesIO()
    with av.open(str(SHORT_CLIP)) as source, av.open(file, "w", format="mp4") as result:
        picture = source.streams.video[0]
        stream = result.add_stream("libx264", rate=picture.average_rate, options={"preset": "ultrafast", "crf": "28"})
        stream.width, stream.height, stream.pix_fmt = 4 * picture.width, 4 * picture.height, "yuv420p"
        for frame in source.decode(picture):
            frame.pict_type = av.video.frame.PictureType.NONE
            result.mux(stream.encode(frame.reformat(stream.width, stream.height, "yuv420p", interpolation="BICUBIC")))
        result.mux(stream.encode())
    return file.getvalue()


def filmstrip() -> np.ndarray:
    """Twelve small frames side by side."""
    reader = cv2.VideoCapture(str(SHORT_CLIP))
    frames = [reader.read()[1] for _ in range(FRAMES)]
    return np.hstack([cv2.resize(frame, (160, 90)) for frame in frames[::12]])
