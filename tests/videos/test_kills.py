"""kill -9 of anything at any moment: every job ends done, its pictures as if nothing had happened, or says why not."""

import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from accounts.models import User
from duf.media import index
from tests.duf.clips import Sound, make
from tests.environment import VAR_DIR
from tests.videos.site import Site, convert, ended, ready, upload
from videos.models import Upscale, Video
from videos.work.sweeping import sweep

PIECES = [(0, 48), (48, 96), (96, 120)]  # frames; bicubic starts anew every 48
KILLS = 3  # in each round

pytestmark = [
    pytest.mark.usefixtures("shared_media", "hurry"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1500),
]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make(tmp_path / "clip.mp4", frames=PIECES[-1][1], sounds=[Sound()])


def crcs(job: Upscale) -> np.ndarray:
    """A checksum of each picture of a result."""
    job.refresh_from_db()
    assert job.state == Upscale.State.DONE, job.reason
    assert job.result
    return index(job.result).crc


def kill_something(site: Site, dice: random.Random) -> None:
    """A process of the web, of a cluster, or a child of a worker; each program is as likely as the others."""
    program = dice.choice(["web", "light", "heavy", "heavy"])
    victims = site.processes(program)
    try:
        os.kill(dice.choice(victims), signal.SIGKILL)
    except ProcessLookupError:
        return


def rounds(number: int, seed: int, clip: Path) -> None:
    dice = random.Random(seed)
    alice, bob = (User.objects.create_user(f"{name}@example.org") for name in ("alice", "bob"))
    site = Site("web", "light", "heavy", BIND=f"unix:{VAR_DIR / 'web.sock'}")
    try:
        video = upload(alice, clip)
        site.wait_until(lambda: ready(video), 240)
        undisturbed = convert(video, PIECES)
        site.wait_until(lambda: ended(undisturbed), 240)
        expected = crcs(undisturbed)
        assert len(expected) == PIECES[-1][1]
        for _ in range(number):
            one_round(site, dice, clip, video, bob, expected)
    finally:
        site.stop()
    assert site.left_behind() == []
    sweep()
    assert leftovers() == []


def one_round(site: Site, dice: random.Random, clip: Path, video: Video, owner: User, expected: np.ndarray) -> None:
    uploaded = upload(owner, clip)
    running = [convert(video, PIECES), convert(video, PIECES)]
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.1, 2.5))
        kill_something(site, dice)
        site.look_after()
    site.wait_until(lambda: ended(*running), 480)
    site.wait_until(lambda: Video.objects.get(pk=uploaded.pk).state in {"ready", "refused"}, 240)
    for job in running:
        job.refresh_from_db()
        if job.state == Upscale.State.FAILED:
            assert job.reason
        else:
            different = np.flatnonzero(crcs(job) != expected)
            assert different.tolist() == []


def leftovers() -> list[str]:
    """Files that no row knows."""
    known = {
        path for video in Video.objects.all() for path in (video.source, video.index, video.poster, video.filmstrip)
    }
    known |= {job.result for job in Upscale.objects.all() if job.result}
    root = VAR_DIR / "media"
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path not in known]


def test_three_rounds_of_kills(clip: Path) -> None:
    rounds(3, seed=1, clip=clip)


@pytest.mark.long
def test_thirty_rounds_of_kills(clip: Path) -> None:
    rounds(30, seed=2, clip=clip)
