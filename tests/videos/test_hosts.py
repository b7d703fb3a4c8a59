"""Two hosts share one queue: each with a folder of its own, their clocks two hours apart, and one of them dies.

They share the database, Redis and the folder of the videos; `tests.test_engines` starts those servers.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from django.db import connection

from accounts.models import User
from duf.media import index
from tests import network
from tests.duf.clips import Sound, make
from tests.environment import VAR_DIR
from tests.videos.site import Site, convert, ended, ready, upload
from videos.measured import Trial
from videos.models import Segment, Upscale, Video

HOUR = 3600  # seconds
PIECES = [(start, start + 48) for start in range(0, 288, 48)]

pytestmark = [
    pytest.mark.servers,
    pytest.mark.usefixtures("shared_media", "hurry"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1800),
]


@contextmanager
def host(
    name: str, clock: dict[str, str], *programs: str, within: Sequence[str] = (), **servers: str
) -> Iterator[Site]:
    """Programs that have nothing of this machine but its processor and the folder of the videos."""
    own = VAR_DIR / name
    (own / "cache").mkdir(parents=True, exist_ok=True)
    shared = {"VAR_DIR": str(own), "MEDIA_DIR": str(VAR_DIR / "media")}
    site = Site(*programs, within=within, **shared, **servers, **clock)
    try:
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def clock_wrong_by(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], dict[str, str]]:
    """The environment of processes whose clock is wrong by so many seconds."""
    library = tmp_path_factory.mktemp("clock") / "wrong_clock.so"
    source = Path(__file__).with_name("wrong_clock.c")
    subprocess.run(
        [sys.executable, "-m", "ziglang", "cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True
    )
    return lambda seconds: {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(seconds)}


@pytest.fixture
def finished() -> Iterator["Counter[int]"]:
    """How often each segment was finished, as the database itself saw it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TABLE finished (number integer);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO finished VALUES (NEW.number); RETURN NEW; END';
            CREATE TRIGGER note AFTER UPDATE ON videos_segment FOR EACH ROW
                WHEN (NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION note();
            """
        )
    counted: Counter[int] = Counter()
    yield counted
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE finished; DROP FUNCTION note CASCADE;")


def count(finished: "Counter[int]") -> "Counter[int]":
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM finished")
        finished.update(number for (number,) in cursor.fetchall())
    return finished


def checksums(job: Upscale) -> np.ndarray:
    job.refresh_from_db()
    assert job.state == Upscale.State.DONE, job.reason
    assert job.result
    return index(job.result).crc


def kill(site: Site) -> None:
    """As when the power of a host goes: none of its processes gets to say goodbye."""
    for pid in site.processes():
        os.kill(pid, signal.SIGKILL)


def running() -> int:
    return Segment.objects.filter(state=Segment.State.RUNNING).count()


def test_the_clocks_of_these_hosts_are_really_wrong(clock_wrong_by: Callable[[int], dict[str, str]]) -> None:
    program = [sys.executable, "-c", "import datetime; print(datetime.datetime.now().timestamp())"]
    told = [
        float(subprocess.check_output(program, env={**os.environ, **clock_wrong_by(offset)}))
        for offset in (-HOUR, HOUR)
    ]
    assert told[1] - told[0] == pytest.approx(2 * HOUR, abs=60)


def tried(video: Video) -> bool:
    """Trials go before segments, so a host that is at one would leave all segments to the other."""
    return ready(video) and not video.trials.filter(state=Trial.State.WAITING).exists()


def long_clip(folder: Path) -> Path:
    return make(folder / "clip.mp4", frames=PIECES[-1][1], size=(400, 300), sounds=[Sound()])


def test_no_segment_is_finished_twice_and_none_is_lost(
    tmp_path: Path, finished: "Counter[int]", clock_wrong_by: Callable[[int], dict[str, str]]
) -> None:
    with host("early", clock_wrong_by(-HOUR), "light", "heavy") as early:
        video = upload(User.objects.create_user("a@example.org"), long_clip(tmp_path))
        early.wait_until(lambda: tried(video), 240)
        alone = convert(video, PIECES)
        early.wait_until(lambda: ended(alone), 480)

        with host("late", clock_wrong_by(HOUR), "heavy") as late:
            job = convert(video, PIECES)
            early.wait_until(lambda: running() == 2, 240)
            kill(late)
            early.wait_until(lambda: ended(job), 480)
    assert count(finished) == Counter(list(range(len(PIECES))) * 2)
    assert np.array_equal(checksums(job), checksums(alone))
    assert job.segments.filter(attempts=2).exists(), "the host that died had nothing in work"
    assert not job.segments.filter(attempts__gt=2).exists()


def test_a_host_that_is_cut_off_loses_its_segment_and_takes_part_again_later(
    tmp_path: Path, finished: "Counter[int]", clock_wrong_by: Callable[[int], dict[str, str]]
) -> None:
    far_servers = {name: os.environ[f"FAR_{name}"] for name in ("DATABASE_URL", "REDIS_URL")}
    with (
        host("near", clock_wrong_by(-HOUR), "light", "heavy") as near,
        host("far", clock_wrong_by(HOUR), "heavy", within=network.WITHIN, **far_servers) as far,
    ):
        video = upload(User.objects.create_user("a@example.org"), long_clip(tmp_path))
        near.wait_until(lambda: tried(video), 240)
        jobs = [convert(video, PIECES)]
        near.wait_until(lambda: running() == 2, 240)
        network.cut()
        near.wait_until(lambda: ended(*jobs), 480)
        network.mend()

        jobs += [convert(video, PIECES) for _ in range(4)]
        near.wait_until(lambda: running() == 2, 480)
        near.wait_until(lambda: ended(*jobs), 480)
        assert far.programs["heavy"].poll() is None
    assert count(finished) == Counter(list(range(len(PIECES))) * len(jobs))
    for job in jobs:
        assert np.array_equal(checksums(job), checksums(jobs[0]))
